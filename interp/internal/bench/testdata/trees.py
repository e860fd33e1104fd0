class Node:
    __slots__ = ("key", "value", "left", "right")

    def __init__(self, key, value):
        self.key, self.value = key, value
        self.left = self.right = None


class Tree:
    def __init__(self):
        self.root = None
        self.size = 0

    def put(self, parent, side, node):
        if parent is None:
            self.root = node
        elif side < 0:
            parent.left = node
        else:
            parent.right = node

    def insert(self, key, value):
        parent, side, n = None, 0, self.root
        while n is not None:
            if key < n.key:
                parent, side, n = n, -1, n.left
            elif key > n.key:
                parent, side, n = n, 1, n.right
            else:
                n.value = value
                return
        self.put(parent, side, Node(key, value))
        self.size += 1

    def find(self, key):
        n = self.root
        while n is not None:
            if key < n.key:
                n = n.left
            elif key > n.key:
                n = n.right
            else:
                return n.value
        return None

    def remove(self, key):
        parent, side, n = None, 0, self.root
        while n is not None and n.key != key:
            if key < n.key:
                parent, side, n = n, -1, n.left
            else:
                parent, side, n = n, 1, n.right
        if n is None:
            return False
        self.size -= 1
        if n.left is None:
            self.put(parent, side, n.right)
        elif n.right is None:
            self.put(parent, side, n.left)
        else:
            parent, side, m = n, 1, n.right
            while m.left is not None:
                parent, side, m = m, -1, m.left
            n.key, n.value = m.key, m.value
            self.put(parent, side, m.right)
        return True


def depth(n):
    if n is None:
        return 0
    return 1 + max(depth(n.left), depth(n.right))


def walk(n, visit):
    if n is None:
        return
    walk(n.left, visit)
    visit(n.key, n.value)
    walk(n.right, visit)


def round_(seed):
    t = Tree()
    x = seed
    for i in range(2000):
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        t.insert(x % 5000, i)
    total = depth(t.root)

    def visit(key, value):
        nonlocal total
        total += key ^ value

    walk(t.root, visit)
    for k in range(0, 5000, 3):
        v = t.find(k)
        if v is not None:
            total += v
        if t.remove(k):
            total += 1
    return total + t.size


def run(n):
    s = 0
    for i in range(n):
        s += round_(i + 1)
    return s
