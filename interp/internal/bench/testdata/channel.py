import queue
import threading


def run(n):
    c = queue.Queue(1)

    def produce():
        for i in range(n):
            c.put(i)
        c.put(None)

    threading.Thread(target=produce).start()
    s = 0
    while (v := c.get()) is not None:
        s += v
    return s
