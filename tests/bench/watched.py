"""Blocks under observation: how large they are that a trainer takes."""

from w2vcli.softmax.blocks import BlockSource


class Watched:
    """A block source that notes the size of each block.

    Attributes
    ----------
    rows
        The numbers of rows of the blocks so far.
    positions
        How many positions of the text they stand for.
    """

    def __init__(self, source: BlockSource):
        self._source = source
        self.rows: list[int] = []
        self.positions: list[float] = []

    @property
    def pairs(self):
        return self._source.pairs

    @property
    def largest(self):
        return self._source.largest

    @property
    def typical(self):
        return self._source.typical

    @property
    def every(self):
        return self._source.every

    def __len__(self):
        return len(self._source)

    def blocks(self, order=None, skip=0):
        for block in self._source.blocks(order, skip):
            self.rows.append(len(block.targets.indptr) - 1)
            self.positions.append(block.positions)
            yield block
