import math

SOLAR_MASS = 4 * math.pi * math.pi
DAYS = 365.24


class Body:
    def __init__(self, x, y, z, vx, vy, vz, mass):
        self.x, self.y, self.z = x, y, z
        self.vx, self.vy, self.vz = vx * DAYS, vy * DAYS, vz * DAYS
        self.mass = mass * SOLAR_MASS


def planets():
    return [
        Body(0, 0, 0, 0, 0, 0, 1),
        Body(4.84143144246472090e00, -1.16032004402742839e00, -1.03622044471123109e-01,
             1.66007664274403694e-03, 7.69901118419740425e-03, -6.90460016972063023e-05, 9.54791938424326609e-04),
        Body(8.34336671824457987e00, 4.12479856412430479e00, -4.03523417114321381e-01,
             -2.76742510726411899e-03, 4.99852801234917238e-03, 2.30417297573763929e-05, 2.85885980666130812e-04),
        Body(1.28943695621391310e01, -1.51111514016986312e01, -2.23307578892655734e-01,
             2.96460137564761618e-03, 2.37847173959480950e-03, -2.96589568540237556e-05, 4.36624404335156298e-05),
        Body(1.53796971148509165e01, -2.59193146099879641e01, 1.79258772950371181e-01,
             2.68067772490389322e-03, 1.62824170038242295e-03, -9.51592254519715870e-05, 5.15138902046611451e-05),
    ]


def offset_momentum(s):
    px = py = pz = 0.0
    for b in s:
        px += b.vx * b.mass
        py += b.vy * b.mass
        pz += b.vz * b.mass
    s[0].vx = -px / SOLAR_MASS
    s[0].vy = -py / SOLAR_MASS
    s[0].vz = -pz / SOLAR_MASS


def energy(s):
    e = 0.0
    for i, b in enumerate(s):
        e += 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz)
        for c in s[i + 1 :]:
            dx, dy, dz = b.x - c.x, b.y - c.y, b.z - c.z
            e -= b.mass * c.mass / math.sqrt(dx * dx + dy * dy + dz * dz)
    return e


def advance(s, dt):
    for i, b in enumerate(s):
        for j in range(i + 1, len(s)):
            c = s[j]
            dx = b.x - c.x
            dy = b.y - c.y
            dz = b.z - c.z
            d = dx * dx + dy * dy + dz * dz
            mag = dt / (d * math.sqrt(d))
            b.vx -= dx * c.mass * mag
            b.vy -= dy * c.mass * mag
            b.vz -= dz * c.mass * mag
            c.vx += dx * b.mass * mag
            c.vy += dy * b.mass * mag
            c.vz += dz * b.mass * mag
    for b in s:
        b.x += dt * b.vx
        b.y += dt * b.vy
        b.z += dt * b.vz


def run(n):
    s = planets()
    offset_momentum(s)
    for _ in range(n):
        for _ in range(1000):
            advance(s, 0.01)
    return int(energy(s) * 1e8)
