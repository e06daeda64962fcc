"""Two examples for each command, which its ``--help`` shows; a test runs all of them."""

EXAMPLES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "tokenize": (
        ("The words of raw text, lower-cased", "w2vcli tokenize articles --lower -o text.txt"),
        ("In a pipe", "zcat raw.txt.gz | w2vcli tokenize - | sort | uniq -c"),
    ),
    "phrases": (
        ("Words that stand together", "w2vcli phrases text.txt -o phrases.txt"),
        (
            "Longer ones, made of these",
            "w2vcli phrases text.txt --phrases phrases.txt -o longer.txt",
        ),
    ),
    "build-vocab": (
        (
            "The words that occur 10 times or more",
            "w2vcli build-vocab text.txt --min-count 10 -o text.vocab",
        ),
        (
            "The 20,000 most frequent ones",
            "w2vcli build-vocab text.txt --max-vocab 20000 -o top.vocab",
        ),
    ),
    "train": (
        (
            "Vectors from a folder of raw text",
            "w2vcli train articles --tokenize words --lower -o vectors.safetensors",
        ),
        (
            "A night: from the counts of the last 30 days, beginning with the old model",
            "w2vcli train --store counts --segments last:30 \\\n"
            "    --warm-start model.safetensors -o model.safetensors",
        ),
    ),
    "count": (
        (
            "Add the text of a day to a store",
            "w2vcli count day.txt --store counts --label 2026-11-23",
        ),
        (
            "Take it out again, exactly",
            "w2vcli count day.txt --store counts --subtract",
        ),
    ),
    "store": (
        ("What is in a store", "w2vcli store counts"),
        ("Keep the counts of the last 30 days alone", "w2vcli store counts --keep last:30"),
    ),
    "similar": (
        ("The ten nearest words", "w2vcli similar model.safetensors king"),
        (
            "Of a sum, as JSON",
            "w2vcli similar model.safetensors king -man +woman --top 3 --json",
        ),
    ),
    "analogy": (
        (
            "Man is to king as woman is to which word?",
            "w2vcli analogy model.safetensors man king woman",
        ),
        (
            "Many questions, one a line",
            "w2vcli analogy model.safetensors --top 1 < triples.txt",
        ),
    ),
    "similarity": (
        ("The cosine of two words", "w2vcli similarity model.safetensors king queen"),
        ("Of many pairs, one a line", "w2vcli similarity model.safetensors < pairs.txt"),
    ),
    "odd": (
        ("Which word fits least", "w2vcli odd model.safetensors king queen apple"),
        ("Of each line of a file", "w2vcli odd model.safetensors < lists.txt"),
    ),
    "vectors": (
        ("The numbers of a word", "w2vcli vectors model.safetensors king"),
        (
            "All words and their numbers",
            "w2vcli vectors model.safetensors --all --normalize > vectors.tsv",
        ),
    ),
    "subwords": (
        ("What each n-gram of a word says", "w2vcli subwords subwords.safetensors walking"),
        (
            "The three that say most of each word of a file",
            "w2vcli subwords subwords.safetensors --top 3 < words.txt",
        ),
    ),
    "clusters": (
        ("Twenty groups of similar words", "w2vcli clusters model.safetensors -k 20"),
        (
            "Of the 1,000 most frequent ones",
            "w2vcli clusters model.safetensors -k 5 --restrict 1000 > groups.tsv",
        ),
    ),
    "map": (
        ("A map in the terminal", "w2vcli map model.safetensors"),
        (
            "Some words and their neighbours, as a page for a browser",
            "w2vcli map model.safetensors king apple --neighbors 20 -o map.html",
        ),
    ),
    "predict": (
        ("Which words stand near a word", "w2vcli predict model.safetensors king"),
        (
            "How well a text is expected, line by line",
            "w2vcli predict model.safetensors --score < text.txt",
        ),
    ),
    "eval": (
        (
            "By analogies, and by people's judgements",
            "w2vcli eval model.safetensors --analogies questions.txt \\\n"
            "    --similarity pairs.tsv",
        ),
        (
            "By the exact loss on other text",
            "w2vcli eval model.safetensors --perplexity heldout.txt",
        ),
    ),
    "compare": (
        (
            "Which words changed most",
            "w2vcli compare old.safetensors model.safetensors --min-count 50",
        ),
        (
            "The same as a page for a browser",
            "w2vcli compare old.safetensors model.safetensors -o drift.html",
        ),
    ),
    "export": (
        ("For gensim and others", "w2vcli export model.safetensors -o vectors.bin"),
        (
            "As a NumPy array, and a file of the words",
            "w2vcli export model.safetensors -o vectors.npy --normalize",
        ),
    ),
    "import": (
        ("Vectors of another tool", "w2vcli import vectors.vec -o model.vectors"),
        (
            "Its first 50,000, without rows that cannot be used",
            "w2vcli import vectors.vec --top 50000 --on-bad-rows skip -o top.vectors",
        ),
    ),
    "explain": (
        ("A step of training, on paper", 'w2vcli explain "the cat sat on the mat"'),
        (
            "As a page for a browser",
            'w2vcli explain "the cat sat on the mat" -o step.html',
        ),
    ),
    "gradcheck": (
        (
            "The gradients of both architectures on a text",
            "w2vcli gradcheck text.txt --max-vocab 100 --dim 4",
        ),
        (
            "Of CBOW alone, more of them",
            "w2vcli gradcheck text.txt --arch cbow --max-vocab 100 --weights 50",
        ),
    ),
    "info": (
        ("What a file is, and how it was made", "w2vcli info model.safetensors"),
        (
            "Its checksum, and its losses as a picture",
            "w2vcli info model.safetensors --verify --plot losses.svg",
        ),
    ),
    "rollback": (
        ("Which models there are to go back to", "w2vcli rollback model.safetensors --list"),
        ("The model of the night before, back in place", "w2vcli rollback model.safetensors"),
    ),
    "recipe": (
        (
            "A script for the night, in a folder of yours",
            "w2vcli recipe cron --folder /srv/vectors > nightly.sh",
        ),
        (
            "A service and a timer of systemd that run it",
            "w2vcli recipe systemd --folder /srv/vectors",
        ),
    ),
    "completion": (
        ("For this shell only", 'eval "$(w2vcli completion bash)"'),
        (
            "For all, in fish",
            "w2vcli completion fish > w2vcli.fish",
        ),
    ),
    "demo": (
        ("The whole path, in the folder w2vcli-demo", "w2vcli demo"),
        ("In another one", "w2vcli demo somewhere"),
    ),
    "manual": (
        ("All topics", "w2vcli manual"),
        ("One of them", "w2vcli manual train"),
    ),
}


def shown(command: str) -> str:
    """Return the examples of a command as its help shows them, without an end of line; or ""."""
    lines = []
    for what, line in EXAMPLES.get(command, ()):
        lines += [f"  {what}:", *(f"    {part}" for part in line.splitlines())]
    return "\n".join(["Examples:", *lines]) if lines else ""
