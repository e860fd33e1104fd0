import threading


def run(n):
    mu = threading.Lock()
    s = 0

    def work(i):
        nonlocal s
        with mu:
            s += i

    started = []
    for i in range(n):
        t = threading.Thread(target=work, args=(i,))
        t.start()
        started.append(t)
        if i % 100 == 99:
            for t in started:
                t.join()
            started = []
    for t in started:
        t.join()
    return s
