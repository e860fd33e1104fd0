"""Go for papermill: `papermill in.ipynb out.ipynb -p epochs 20` with a notebook of the kernel rg.

papermill finds this module by its entry point for engines, and on being loaded the module registers how Go's values are
written. The engine itself, --engine rg, is papermill's own.

Parameters are assigned, not defined, so that they keep the types that the cell tagged "parameters" gives them.
"""

import json
import math

from papermill.engines import NBClientEngine
from papermill.translators import Translator, papermill_translators


class Engine(NBClientEngine):
    pass


class GoTranslator(Translator):
    @classmethod
    def translate_escaped_str(cls, val):
        # JSON's escapes are Go's, but for halves of characters, which this doesn't write.
        return json.dumps(str(val), ensure_ascii=False)

    @classmethod
    def translate_none(cls, val):
        return "nil"

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "math.NaN()"
        if math.isinf(val):
            return f"math.Inf({1 if val > 0 else -1})"
        return repr(val)

    @classmethod
    def translate_list(cls, val):
        return f"[]{cls.type_of_all(val)}{{{', '.join(map(cls.translate, val))}}}"

    @classmethod
    def translate_dict(cls, val):
        items = (f"{cls.translate_escaped_str(k)}: {cls.translate(v)}" for k, v in val.items())
        return f"map[string]{cls.type_of_all(val.values())}{{{', '.join(items)}}}"

    @classmethod
    def type_of_all(cls, values):
        """The Go type that all values have in common."""
        kinds = {type(v) for v in values}
        if kinds == {int, float}:
            kinds = {float}
        names = {bool: "bool", int: "int", float: "float64", str: "string"}
        return names.get(kinds.pop(), "any") if len(kinds) == 1 else "any"

    @classmethod
    def comment(cls, text):
        return f"// {text}".strip()


papermill_translators.register("go", GoTranslator)
