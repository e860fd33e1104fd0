package kernel

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/rustygradients/rg/kernel/internal/wire"
	"github.com/rustygradients/rg/kernel/internal/zmtp"
)

const (
	streamDelay   = 20 * time.Millisecond // how long text waits for more of it
	streamSize    = 64 << 10              // how much text one message carries
	subscriberLag = 16 << 20              // bytes that a subscriber may be behind before output waits
	stallTimeout  = 30 * time.Second      // a subscriber that takes nothing for so long is cut off
)

// iopub publishes what all front ends see. Nothing is dropped: output waits while a subscriber is
// far behind, status never waits.
type iopub struct {
	server *zmtp.Server
	signer *wire.Signer
	logf   func(format string, args ...any)

	session string

	mu    sync.Mutex
	topic map[*zmtp.Peer]map[string]int // how often each peer subscribed to each prefix
	text  pendingText
	timer *time.Timer // publishes text; nil when there is none
}

// pendingText is printed text that waits for more of its kind.
type pendingText struct {
	parent json.RawMessage
	name   string
	buf    []byte
}

// subscription notes what a peer wants to hear and tells it that it is heard (JEP 65): it need not
// guess when it may ask for something to be published.
func (p *iopub) subscription(peer *zmtp.Peer, frames [][]byte) {
	if len(frames) != 1 || len(frames[0]) == 0 || frames[0][0] > 1 {
		return // an XSUB's own message; not for us
	}
	topic := string(frames[0][1:])
	p.mu.Lock()
	defer p.mu.Unlock()
	topics := p.topic[peer]
	if frames[0][0] == 0 {
		if topics[topic]--; topics[topic] <= 0 {
			delete(topics, topic)
		}
		return
	}
	if topics == nil {
		topics = map[string]int{}
		p.topic[peer] = topics
	}
	topics[topic]++
	content := marshal(map[string]string{"subscription": topic})
	if encoded, err := p.encode(topic, "iopub_welcome", nil, nil, content, nil); err == nil {
		peer.Send(encoded)
	}
}

func (p *iopub) gone(peer *zmtp.Peer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.topic, peer)
}

// status publishes a message at once, whatever the subscribers' queues.
func (p *iopub) status(msgType string, parent json.RawMessage, content any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flushLocked()
	p.publishLocked(msgType, parent, nil, marshal(content), nil)
}

// output publishes a message once no subscriber is too far behind.
func (p *iopub) output(msgType string, parent json.RawMessage, content any) {
	p.outputWith(msgType, parent, nil, content, nil)
}

// outputWith is output with metadata and raw buffers.
func (p *iopub) outputWith(msgType string, parent, metadata json.RawMessage, content any, buffers [][]byte) {
	raw := marshal(content)
	p.server.WaitRoom(subscriberLag, stallTimeout)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flushLocked()
	p.publishLocked(msgType, parent, metadata, raw, buffers)
}

// stream publishes text, joined with what comes soon after it.
func (p *iopub) stream(parent json.RawMessage, name string, text []byte) {
	if len(text) == 0 {
		return
	}
	p.server.WaitRoom(subscriberLag, stallTimeout)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.text.name != name || !bytes.Equal(p.text.parent, parent) {
		p.flushLocked()
		p.text.name, p.text.parent = name, parent
	}
	p.text.buf = append(p.text.buf, text...)
	if len(p.text.buf) >= streamSize {
		p.flushLocked()
	} else if p.timer == nil {
		p.timer = time.AfterFunc(streamDelay, p.flush)
	}
}

// flush publishes text that waits.
func (p *iopub) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flushLocked()
}

func (p *iopub) flushLocked() {
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	if len(p.text.buf) == 0 {
		return
	}
	content := marshal(map[string]string{"name": p.text.name, "text": string(p.text.buf)})
	p.text.buf = p.text.buf[:0]
	p.publishLocked("stream", p.text.parent, nil, content, nil)
}

func (p *iopub) publishLocked(msgType string, parent, metadata, content json.RawMessage, buffers [][]byte) {
	if len(p.topic) == 0 {
		return
	}
	topic := "kernel." + p.session + "." + msgType
	encoded, err := p.encode(topic, msgType, parent, metadata, content, buffers)
	if err != nil {
		p.logf("publishing %s: %v", msgType, err)
		return
	}
	for peer, topics := range p.topic {
		for prefix := range topics {
			if strings.HasPrefix(topic, prefix) {
				peer.Send(encoded)
				break
			}
		}
	}
}

func (p *iopub) encode(topic, msgType string, parent, metadata, content json.RawMessage, buffers [][]byte) ([]byte, error) {
	frames, err := wire.Encode(&wire.Message{
		Identities: [][]byte{[]byte(topic)},
		Header:     wire.NewHeader(msgType, p.session),
		Parent:     parent,
		Metadata:   metadata,
		Content:    content,
		Buffers:    buffers,
	}, p.signer)
	if err != nil {
		return nil, err
	}
	return zmtp.Encode(frames...), nil
}

// marshal encodes what the kernel itself composed; a failure is a mistake in this package.
func marshal(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("kernel: " + err.Error())
	}
	return raw
}
