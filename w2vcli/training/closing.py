"""The closing pass: a Newton step of every input vector, with W_out as it is.

Given W_out and b, the objective of grouped skip-gram falls apart into one convex function for each
centre word. Of a word with mass n, the sum of its target weights, and vector v it has::

    g = n E_p[u] - sum_o y_o u_o + lambda v          gradient
    H = n Cov_p[u] + lambda I                        curvature, with p = softmax(W_out v + b)

W_out is learnt as well from frequent words alone, as they have most of the predictions. So
gradient descent visits these (``GroupedSkipGram.head``), and this pass sees to all input vectors:

1. *Lift*. A rare word's v is near 0, where p is near the unigram q. One Newton step from there,
   with C = Cov_q[u], needs no softmax: only the word's own pairs::

       v = kappa (n C + lambda I)^-1 (sum_o y_o u_o - n E_q[u])

   kappa is fitted (least squares) on the rarest quarter of the visited words. Words that gradient
   descent did not visit begin there.
2. *Step*. For the visited words, and those whose mass is large beside lambda, the gradient is
   computed over the whole softmax. The direction is D = -(n C + lambda I)^-1 g, and its length
   that of Newton along D, with the curvature at v itself, so the step goes to the bottom of the
   parabola that touches the objective; but no farther than D, as a softmax that is sure of the
   wrong words has a steep slope and hardly any curvature::

       t = min(1, -g'D / (n Var_p[u'D] + lambda |D|^2))

3. *Settle*. Where words are made of n-grams (``composition``), a step moves a word's own row alone,
   and so its vector by as much. In the end the n-grams take their part: each word has a parabola
   with the curvature n C + lambda I and its least at this vector, and all rows go to the least of
   the sum of these, with the prior of the rows in the place of that of the vectors; n-grams with
   another, that holds the own rows of frequent words less, and the n-grams of few words more
   (``composed_rows``). In such steps lambda is what the prior of the rows leaves a vector, whose
   variance is the sum of its rows': less than that of a vector by itself.

The inverse of n C + lambda I costs nothing: the eigenvectors of C are the same for all words.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.blocks import Block
from w2vcli.softmax.csr import one_hot
from w2vcli.softmax.objective import Differentiated, Parameters, differentiate_by
from w2vcli.softmax.output_layer import OutputLayer
from w2vcli.softmax.sweeps import Matrix
from w2vcli.system.threads import Team
from w2vcli.training.curvature import Curvature
from w2vcli.training.grouped import GroupedSkipGram
from w2vcli.training.input_rows import InputRows
from w2vcli.training.spectral import times

HEAD_WORDS = 14_336
"""How many words gradient descent visits where the closing pass follows."""

LITTLE = 10.0  # times lambda: a mass that leaves a word's vector near 0


class ClosingPass:
    """The closing pass over a source.

    Parameters
    ----------
    source
        The corpus as pair counts.
    unigram
        float64 (V,): the target weights of each word, summed over the blocks (``baselines``).
    prior
        lambda.
    kept
        bool (V,): words whose input vectors an old model has learnt. They are lifted only where
        no step follows.
    rows
        Of which rows of W_in words are made; None for one row for each.
    """

    def __init__(
        self,
        source: GroupedSkipGram,
        unigram: NDArray[np.float64],
        prior: float,
        kept: NDArray[np.bool_] | None = None,
        rows: InputRows | None = None,
    ) -> None:
        self._source = source
        self._rows = rows or InputRows(len(unigram))
        self._unigram = unigram
        self._prior = prior
        visited = np.zeros(len(unigram), bool)
        visited[source.visited] = True
        stepped = visited | (source.totals >= LITTLE * prior)
        stepped &= source.totals > 0
        self._stepped = np.flatnonzero(stepped)
        beginning = ~visited if kept is None else ~visited & ~(stepped & kept)
        self._lifted = np.flatnonzero(beginning & (source.totals > 0))

    def __len__(self) -> int:
        """Return the number of its blocks; what is done at its ``end`` counts as one more."""
        return -(-len(self._stepped) // self._source.batch) + self._rows.settle_in_the_end

    def begin(self, parameters: Parameters, team: Team, lift: bool) -> None:
        """Look at W_out and b, which stay as they are from here on.

        Where ``lift``, the vectors of words that were not visited begin anew, in place.
        """
        self._curvature = Curvature(parameters.w_out, self._unigram, self._prior)
        self._team = team
        if lift and len(self._lifted):
            self._lift(parameters)

    def _lift(self, parameters: Parameters) -> None:
        w_in, w_out, _ = parameters
        factors = self._source.factors[:, None]
        weighted = np.hstack([w_out, np.ones((len(w_out), 1), w_out.dtype)]) * factors
        sums = times(self._source.pairs, weighted.astype(w_out.dtype), self._team.threads)

        def lifted(words: NDArray[np.int64]) -> NDArray[np.float64]:
            observed, masses = sums[words, :-1].astype(np.float64), sums[words, -1]
            expected = masses[:, None] * self._curvature.mean
            shares = self._rows.prior_shares[words]
            return self._curvature.solve(masses, observed - expected, shares)

        visited = self._source.visited
        by_pairs = np.argsort(self._source.totals[visited], kind="stable")
        rarest = visited[by_pairs[: max(1, len(visited) // 4)]]
        near = lifted(rarest)
        square = float((near * near).sum())
        known = self._rows.vectors_of(rarest, w_in)
        kappa = float((near * known).sum()) / square if square else 1.0
        self._rows.put(w_in, self._lifted, kappa * lifted(self._lifted))

    def blocks(self, skip: int = 0) -> Iterator[Block]:
        """Yield the blocks of the words that are stepped, but for the first ``skip``."""
        return self._source.blocks_of(self._stepped, skip)

    def step(self, output: OutputLayer, w_in: Matrix, block: Block) -> Differentiated:
        """Take the step of the words of a block, in place; return what was found before it."""
        words = block.inputs.indices
        hidden = self._rows.vectors_of(words, w_in)
        # Of these vectors alone, whatever rows they are made of.
        alone = block._replace(inputs=one_hot(np.arange(len(words))))
        found = differentiate_by(partial(output.block, of_hidden=True), hidden, alone, self._prior)
        masses = found.softmax.mass
        # The prior is that of the vector as its rows have it: with lambda alone n-grams would have
        # to make up for it (``settle``), from a parabola that says little so far away.
        shares = self._rows.prior_shares[words]
        d_in = found.d_in + self._prior * (shares - 1)[:, None] * hidden
        directions = -self._curvature.solve(masses, d_in, shares)
        curved = masses * output.variances(hidden, directions.astype(hidden.dtype))
        curved += self._prior * shares * np.einsum("ij,ij->i", directions, directions)
        slopes = np.einsum("ij,ij->i", directions, d_in)
        lengths = np.minimum(1.0, -slopes / np.maximum(curved, np.finfo(float).tiny))
        self._rows.move(w_in, words, lengths[:, None] * directions)
        return found

    def end(self, w_in: Matrix) -> None:
        """Share what the words have learnt among their n-grams, in place."""
        self._rows.settle(w_in, self._curvature, self._team.threads)
