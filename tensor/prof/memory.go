package prof

// memory is how many bytes storage took while a profile was open. The backends count them anyway, so that
// following each storage to its end, which costs more than most operations, is not needed: their count is
// read after every allocation, which is where it can be highest, and at the ends of spans.
type memory struct {
	peak   int64
	points []memoryPoint
}

type memoryPoint struct{ at, bytes int64 }

const maxPoints = 1 << 14

// note adds a point unless nothing has changed; mu is held.
func (m *memory) note(at, bytes int64) {
	if n := len(m.points); n > 0 && m.points[n-1].bytes == bytes {
		return
	}
	m.peak = max(m.peak, bytes)
	if len(m.points) == maxPoints {
		// Half as many, the higher of each two: peaks stay.
		for i := range maxPoints / 2 {
			a, b := m.points[2*i], m.points[2*i+1]
			m.points[i] = memoryPoint{a.at, max(a.bytes, b.bytes)}
		}
		m.points = m.points[:maxPoints/2]
	}
	m.points = append(m.points, memoryPoint{at, bytes})
}

// held is what the storage of all traced backends takes, in bytes; mu guards it.
var held int64

// weigh reads what the storage of backends takes, and puts the sum into all profiles; mu is held.
func weigh(at int64, backends ...*traced) {
	for _, b := range backends {
		if b.counts == nil {
			continue
		}
		now := int64(b.counts.Memory().Current)
		held += now - b.held
		b.held = now
	}
	for _, p := range active {
		p.memory.note(at, held)
	}
}
