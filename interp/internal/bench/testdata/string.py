text = "the quick brown fox jumps over the lazy dog, and runs away."


def run(n):
    count = 0
    s = text
    i = 0
    while i < n:
        for c in s:
            if c == "o":
                count += 1
        i += len(s)
    return count
