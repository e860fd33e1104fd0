def run(n):
    count = 0
    s, p = "a tensor library", "a ten"
    for i in range(n):
        if s.startswith(p):
            count += 1
    return count
