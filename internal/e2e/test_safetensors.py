"""Weights that cross between a cell and Python's safetensors library, both ways."""

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save, save_file


def test_python_opens_what_a_cell_saved(session, tmp_path):
    path = tmp_path / "model.safetensors"
    out = session.run(f"""
import "fmt"
tensor.ManualSeed(1)
model := nn.NewSequential(nn.NewLinear(3, 4), nn.GELU{{}}, nn.NewLinear(4, 2))
state := nn.StateDict(model)
state["ids"] = tensor.FromSlice([]int{{1, -2, 1 << 40}})
state["mask"] = tensor.FromSlice([]bool{{true, false}})
state["half"] = tensor.FromSlice([]float32{{0.1, -3}}).To(tensor.Float16)
state["scalar"] = tensor.Scalar(2.5)
state["turned"] = tensor.Arange(0, 6, 1).Reshape(2, 3).T()
err := tensor.SaveWithMetadata("{path}", state, map[string]string{{"format": "pt", "step": "7"}})
fmt.Println(err, model[0].(*nn.Linear).Weight.Float32s())
""")
    assert out.error is None, out.error
    said, _, numbers = out.stdout.partition(" ")
    assert said == "<nil>"
    got = load_file(path)
    want = np.array([float(v) for v in numbers.strip().strip("[]").split()], dtype=np.float32)
    assert got["0.weight"].shape == (4, 3)
    assert (got["0.weight"].ravel() == want).all()
    assert sorted(got) == ["0.bias", "0.weight", "2.bias", "2.weight", "half", "ids", "mask", "scalar", "turned"]
    assert got["ids"].dtype == np.int64 and got["ids"].tolist() == [1, -2, 1 << 40]
    assert got["mask"].dtype == bool and got["mask"].tolist() == [True, False]
    assert got["half"].dtype == np.float16 and (got["half"] == np.array([0.1, -3], np.float16)).all()
    assert got["scalar"].shape == () and got["scalar"] == 2.5
    assert got["turned"].tolist() == [[0, 3], [1, 4], [2, 5]]
    with safe_open(path, framework="np") as f:
        assert f.metadata() == {"format": "pt", "step": "7"}
    # Equal content, equal bytes (of the header too, but for the order of the metadata).
    assert path.read_bytes()[-128:] == save(got)[-128:]


def test_a_cell_loads_what_python_saved(session, tmp_path):
    path = tmp_path / "python.safetensors"
    save_file({"w": np.arange(6, dtype=np.float32).reshape(2, 3), "h": np.array([1.5], np.float16)}, path, {"by": "numpy"})
    out = session.run(f"""
import "fmt"
state, meta, err := tensor.LoadWithMetadata("{path}")
fmt.Println(err, meta["by"], state["w"].MatMul(state["w"].T()).Ints(), state["h"].DType(), state["h"].Item())
""")
    assert out.error is None, out.error
    assert out.stdout == "<nil> numpy [5 14 14 50] float16 1.5\n"
