import functools

SYLLABLES = ["ka", "to", "mi", "ra", "ne", "so", "lu", "pe", "vo", "di"]


class Random:
    def __init__(self, state):
        self.state = state

    def next(self, n):
        s = self.state
        s ^= (s << 13) & 0xFFFFFFFF
        s ^= s >> 17
        s ^= (s << 5) & 0xFFFFFFFF
        self.state = s
        return s % n


def compose(words):
    r = Random(2463534242)
    b = []
    for i in range(words):
        for _ in range(1 + r.next(3)):
            b.append(SYLLABLES[r.next(len(SYLLABLES))])
        if i % 17 == 16:
            b.append(".\n")
        elif i % 5 == 4:
            b.append(", ")
        else:
            b.append(" ")
    return "".join(b)


def letter(c):
    return "a" <= c <= "z" or "A" <= c <= "Z"


def split(text):
    words = []
    start = -1
    for i, c in enumerate(text):
        if letter(c):
            if start < 0:
                start = i
        elif start >= 0:
            words.append(text[start:i])
            start = -1
    if start >= 0:
        words.append(text[start:])
    return words


def compare(a, b):
    if a[1] != b[1]:
        return b[1] - a[1]
    return -1 if a[0] < b[0] else int(a[0] > b[0])


def count(words):
    counts = {}
    for w in words:
        counts[w] = counts.get(w, 0) + 1
    return sorted(counts.items(), key=functools.cmp_to_key(compare))


def run(n):
    s = 0
    for _ in range(n):
        ranks = count(split(compose(10000)))
        b = "".join("%5d %s\n" % (c, w) for w, c in ranks)
        s += len(b) + len(ranks)
    return s
