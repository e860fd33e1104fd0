NUMBER, NAME, OPERATOR, END = range(4)
PUSH, LOAD, ADD, SUB, MUL, DIV, MOD = range(7)
PRODUCTS = {"*": MUL, "/": DIV, "%": MOD}


class Parser:
    def __init__(self, text):
        self.text = text
        self.pos = 0
        self.tok = None
        self.code = []

    def next(self):
        text = self.text
        while self.pos < len(text) and text[self.pos] == " ":
            self.pos += 1
        if self.pos == len(text):
            self.tok = (END, 0, "")
            return
        c = text[self.pos]
        if "0" <= c <= "9":
            v = 0
            while self.pos < len(text) and "0" <= text[self.pos] <= "9":
                v = 10 * v + ord(text[self.pos]) - 48
                self.pos += 1
            self.tok = (NUMBER, v, "")
        elif "a" <= c <= "z":
            self.pos += 1
            self.tok = (NAME, ord(c) - 97, "")
        else:
            self.pos += 1
            self.tok = (OPERATOR, 0, c)

    def emit(self, op, arg):
        self.code.append((op, arg))

    def factor(self):
        kind, value, op = self.tok
        self.next()
        if kind == NUMBER:
            self.emit(PUSH, value)
        elif kind == NAME:
            self.emit(LOAD, value)
        elif op == "(":
            self.sum()
            self.next()
        else:
            raise SyntaxError(self.text[self.pos :])

    def product(self):
        self.factor()
        while self.tok[0] == OPERATOR:
            op = PRODUCTS.get(self.tok[2])
            if op is None:
                return
            self.next()
            self.factor()
            self.emit(op, 0)

    def sum(self):
        self.product()
        while self.tok[0] == OPERATOR and self.tok[2] in "+-":
            op = SUB if self.tok[2] == "-" else ADD
            self.next()
            self.product()
            self.emit(op, 0)


def quotient(a, b):
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


class Machine:
    def __init__(self):
        self.stack = [0] * 32
        self.vars = [0] * 26

    def run(self, code):
        sp = 0
        stack = self.stack
        for op, arg in code:
            if op == PUSH:
                stack[sp] = arg
                sp += 1
                continue
            if op == LOAD:
                stack[sp] = self.vars[arg]
                sp += 1
                continue
            sp -= 1
            a, b = stack[sp - 1], stack[sp]
            if op == ADD:
                a += b
            elif op == SUB:
                a -= b
            elif op == MUL:
                a *= b
            elif op == DIV:
                a = quotient(a, b)
            elif op == MOD:
                a -= b * quotient(a, b)
            stack[sp - 1] = a
        return stack[0]


def run(n):
    s = 0
    for _ in range(n):
        p = Parser("(x + 3) * (y - 2) / (x % 7 + 1) + 12 * x - (y + x * (3 + y)) % 1000")
        p.next()
        p.sum()
        m = Machine()
        for x in range(1000):
            m.vars[23] = x
            m.vars[24] = x // 2
            s += m.run(p.code)
    return s
