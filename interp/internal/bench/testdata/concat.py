def run(n):
    count = 0
    for i in range(n):
        s = "key" + chr(97 + i % 26)
        if s == "keyk":
            count += 1
    return count
