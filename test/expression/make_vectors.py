"""Golden vectors of the expression language, made by CPython.

    python3 test/expression/make_vectors.py

writes vectors.json beside this file: one case a line, {expression, context?, result} or
{expression, context?, error: true}. `context` holds the start inputs; without one they are those at
the head of the file. In `result` an integer is a JSON number, a float is {"float": repr}, an object
is {"object": {...}}; the rest is plain.

CPython itself parses and evaluates every expression. Before that the spellings && || ! become
words, dots become subscripts, and what the language leaves out is refused. Three things of Python
are errors here: integers beyond 2^53, % on strings, and floats that are not finite.
"""

import ast
import io
import json
import math
import pathlib
import random
import re
import tokenize
import warnings

SAFE = 2**53 - 1
STRING_LENGTH = 64 * 1024
LIST_LENGTH = 10_000


class Refused(Exception):
    """Not part of the language, or an error of the language that Python does not have."""


# --- the language in terms of Python ---------------------------------------------------------

SPELLING = re.compile(r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(&&|\|\||!=|!)""", re.S)
WORDS = {"&&": " and ", "||": " or ", "!=": "!=", "!": " not "}
NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
CONSTANTS = {"true": True, "false": False, "null": None}


def spelled(source):
    return SPELLING.sub(lambda m: m.group(1) or WORDS[m.group(2)], source)


def check_tokens(source):
    """Refuses literals that the language does not have, and comments."""
    previous = None
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NUMBER and not NUMBER.fullmatch(token.string):
            raise Refused("number")
        if token.type == tokenize.STRING:
            if token.string[0] not in "'\"" or token.string[:3] in ("'''", '"""'):
                raise Refused("string")
            if previous == tokenize.STRING:
                raise Refused("adjacent strings")
        if token.type == tokenize.COMMENT:
            raise Refused("comment")
        previous = token.type


ARITY = {"len": (1, 1), "any": (1, 1), "all": (1, 1), "min": (1, 99), "max": (1, 99), "abs": (1, 1)}
ARITY |= {"round": (1, 2), "lower": (1, 1), "upper": (1, 1), "contains": (2, 2)}
ARITY |= {"starts_with": (2, 2), "ends_with": (2, 2)}

OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn)


def call(function, *arguments):
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


class Language(ast.NodeTransformer):
    """Lets the language through, and wraps what Python allows beyond it in checks."""

    def generic_visit(self, node):
        known = (ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.Not, ast.USub, ast.Load, ast.List)
        if not isinstance(node, known + OPERATORS + COMPARISONS):
            raise Refused(type(node).__name__)
        return super().generic_visit(node)

    def visit_Constant(self, node):
        if not isinstance(node.value, (bool, int, float, str, type(None))):
            raise Refused("constant")
        checked(node.value)
        return node

    def visit_Name(self, node):
        if node.id in CONSTANTS:
            return ast.Constant(CONSTANTS[node.id])
        return call("_name", ast.Constant(node.id))

    def visit_Attribute(self, node):
        return call("_subscript", self.visit(node.value), ast.Constant(node.attr))

    def visit_Subscript(self, node):
        if isinstance(node.slice, (ast.Slice, ast.Tuple)):
            raise Refused("slice")
        return call("_subscript", self.visit(node.value), self.visit(node.slice))

    def visit_UnaryOp(self, node):
        if not isinstance(node.op, (ast.Not, ast.USub)):
            raise Refused("unary")
        return call("_checked", ast.UnaryOp(node.op, self.visit(node.operand)))

    def visit_BinOp(self, node):
        if not isinstance(node.op, OPERATORS):
            raise Refused("operator")
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, ast.Mod):
            return call("_modulo", left, right)
        if isinstance(node.op, ast.Mult):
            return call("_times", left, right)
        return call("_checked", ast.BinOp(left, node.op, right))

    def visit_Compare(self, node):
        if not all(isinstance(op, COMPARISONS) for op in node.ops):
            raise Refused("comparison")
        return ast.Compare(
            self.visit(node.left), node.ops, [self.visit(item) for item in node.comparators]
        )

    def visit_Call(self, node):
        if not isinstance(node.func, ast.Name) or node.func.id not in ARITY or node.keywords:
            raise Refused("call")
        least, most = ARITY[node.func.id]
        if not least <= len(node.args) <= most:
            raise Refused("arity")
        return call("_checked", call(node.func.id, *[self.visit(item) for item in node.args]))


def checked(value):
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused("not finite")
    if isinstance(value, int) and abs(value) > SAFE:
        raise Refused("beyond 2^53")
    if isinstance(value, str) and len(value.encode("utf-16-le")) // 2 > STRING_LENGTH:
        raise Refused("long string")
    if isinstance(value, list) and len(value) > LIST_LENGTH:
        raise Refused("long list")
    return value


def modulo(left, right):
    if isinstance(left, str):
        raise Refused("% on strings")
    return checked(left % right)


def times(left, right):
    for sequence, count in ((left, right), (right, left)):
        if isinstance(sequence, (str, list)) and isinstance(count, int):
            limit = STRING_LENGTH if isinstance(sequence, str) else LIST_LENGTH
            if len(sequence) * count > limit:
                raise Refused("too long")
    return checked(left * right)


def only_strings(function):
    def wrapped(*arguments):
        if not all(isinstance(argument, str) for argument in arguments):
            raise TypeError("strings")
        return function(*arguments)

    return wrapped


FUNCTIONS = {
    "len": len,
    "any": any,
    "all": all,
    "min": min,
    "max": max,
    "abs": abs,
    "round": round,
    "lower": only_strings(str.lower),
    "upper": only_strings(str.upper),
    "contains": lambda haystack, needle: needle in haystack,
    "starts_with": only_strings(str.startswith),
    "ends_with": only_strings(str.endswith),
}


def as_seen(value):
    """Integral JSON numbers are integers."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [as_seen(item) for item in value]
    if isinstance(value, dict):
        return {key: as_seen(item) for key, item in value.items()}
    return value


def evaluate(source, context):
    names = as_seen(context)

    def name(text):
        return checked(names[text])

    text = spelled(source).strip()
    check_tokens(text)
    tree = ast.fix_missing_locations(Language().visit(ast.parse(text, mode="eval")))
    scope = {"__builtins__": {}, "_name": name, "_checked": checked, "_modulo": modulo}
    scope |= {"_times": times, "_subscript": lambda base, key: checked(base[key])} | FUNCTIONS
    return checked(eval(compile(tree, "expression", "eval"), scope))


def encoded(value):
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, list):
        return [encoded(item) for item in value]
    if isinstance(value, dict):
        return {"object": {key: encoded(item) for key, item in value.items()}}
    return value


def vector(source, context):
    case = {"expression": source, "context": context}
    try:
        return case | {"result": encoded(evaluate(source, context))}
    except Exception:
        # Which error it was is Python's business; that it is one is the language's.
        return case | {"error": True}


# --- cases by hand ---------------------------------------------------------------------------

CONTEXT = {
    "zero": 0,
    "one": 1,
    "two": 2,
    "big": 9007199254740991,
    "half": 0.5,
    "price": 19.99,
    "yes": True,
    "no": False,
    "nothing": None,
    "name": "Ada",
    "empty": "",
    "word": "naïve 😀 ﬁn",
    "xs": [1, 2, 3],
    "mixed": [1, 2.5, "three", None, True, [4], {"five": 5}],
    "names": ["bob", "Ada", "eve"],
    "none_left": [],
    "person": {"name": "Eve", "age": 41, "tags": ["a", "b"], "address": {"city": "Oslo"}},
    "blank": {},
    "len": 7,
}

TOPICS = r'''
# arithmetic of integers
1 + 2 | 5 - 8 | 6 * 7 | 7 // 2 | -7 // 2 | 7 // -2 | -7 // -2 | 0 // 5 | 0 // -5 | 7 % 3 | -7 % 3
7 % -3 | -7 % -3 | 0 % -3 | 6 % 3 | -6 % 3 | 2 - -2 | - - 2 | --2 | -(-2) | 1 - 1 - 1 | 100 // 7 // 2
2 + 3 * 4 | (2 + 3) * 4 | -2 * 3 | 2 * -3 | 2 * 3 % 4 | 2 % 3 * 4 | 8 // 3 * 3 + 8 % 3 | 1 / 2 | 4 / 2
0 / 5 | 0 / -5 | 1 / 3 | -1 / 3 | 7 / -2 | 10 - 2 * 3 // 4 | big // 2 | big // 3 | -big // 3 | big % 10
-big % 10 | -big // 3002399751580331 | -big % 3002399751580331 | big // -3002399751580331
9007199254740991 + 0 | 9007199254740990 + 1 | 9007199254740991 + 1 | -9007199254740991 - 1
9007199254740993 | -9007199254740993 | 94906265 * 94906265 | 94906266 * 94906266 | 94906267 * 94906267
3037000500 * 3037000500 | big * 2 | big + big | big - big | big * 0 | -big * 0 | 99999999999999999999999
big / 2 | big / 3 | -big / 7 | big * 1.0 | big + 0.5 | 9007199254740991 / 9007199254740991
+1 | 1 + +1 | 1 ** 2 | 2 ** -1 | 1 // 0 | 1 / 0 | 1 % 0 | 0 / 0 | 1.0 / 0 | 1 // 0.0 | 1.0 % 0.0 | 0 % 0
1 & 2 | 1 | 5 ^ 2 | ~1 | 1 << 2 | 8 >> 1 | 1 @ 2 | 0 * -5 | -0 | 0 - 0 | -(0)
# floats
1.5 + 1 | 1.0 + 1 | 0.1 + 0.2 | 1.5 * 2 | 3.0 // 2 | -3.0 // 2 | 3.5 // -1 | 7.5 % 2 | -7.5 % 2 | 7.5 % -2
-7.5 % -2 | 0.0 // 3 | -0.0 | 0.0 // -3 | -0.0 // 3 | 0.0 % -3 | -0.0 % 3 | 6.0 % -3 | -6.0 % 3 | 1 - 1.0
1.0 - 1 | 1e3 | 1E3 | 1e+3 | 1e-3 | .5 | 5. | 5.e2 | 1.5e300 * 1.5e300 | 1e308 * 10 | 1e400 | -1e400 | 1e-400
1e16 // 1 | 1e16 % 7 | 1e308 // 1e-10 | 5e-324 // 2 | 5e-324 / 2 | 1 // 0.1 | 1 % 0.1 | 0.3 // 0.1 | 0.3 % 0.1
1e300 // 3 | 1e300 % 3 | -1e-20 % 1 | -1e-20 // 1 | 1e-20 % -1 | 4.0 // 0.2 | 1.0 // 0.05 | 1e15 + 0.5
half + half | half * 4 | price * 100 | price // 1 | price % 1 | -price | - half * 2 | 1.0 * 0 | -1.0 * 0
123456789.123456789 | 0.1 * 3 | 1.1 + 2.2 - 3.3 | 2.5 - 0.5 | 1e0 | 00.5 | 01.5 | 09e1 | 00 | 0 | 000 | 012 | 08
1e | 1.5.2 | 1..2 | 1_000 | 0x10 | 0b1 | 0o7 | 1j | 1.e | 5.real | .e5 | 1e1.5 | 10L | 1f
# booleans are integers
True + True | True + 1 | True * 3 | False - 1 | -True | -False | True / 2 | True // 2 | True % 2 | True + 0.5
True == 1 | True == 1.0 | False == 0 | True == "True" | True < 2 | False < True | True > 0.5 | yes + yes
not True | not 1 | not 0 | not 0.0 | not "" | not "a" | not [] | not [0] | not None | not blank | not person
not not 1 | not not not 0 | True and False | true | false | null | None | True | False | true == True
null == None | TRUE | none | NULL | True == true == 1 | abs(True) | abs(-True) | round(True) | max(True, 1)
max(1, True) | min(1, True) | min(True, 1) | min(0.0, False, 0) | max(0, 0.0, False) | 5 * False
# and, or give operands
1 and 2 | 0 and 2 | 1 or 2 | 0 or 2 | "" or "default" | "a" and "b" | None or 0 | 0 or None | [] or {} or 1
[] or 0 or "" | "x" and [] | 1 and 2 and 3 | 1 and 0 and 3 | 0 or 0.0 or False | 1 or 1 / 0 | 0 and 1 / 0
1 and 1 / 0 | 0 or 1 / 0 | True or missing | False and missing | True and missing | missing or True
1 or 2 and 3 | (1 or 2) and 3 | 0 and 1 or 2 | not 0 and 5 | not (0 and 5) | not 0 or 5 | 1 and not 0
not 1 == 2 | not 1 in [1] | 1 and 2 or 3 and 4 | 0 or not 1 | empty or name | name and person.name
1 && 2 | 0 || 5 | !1 | !0 | !!1 | ! 0 | !1 == 2 | !(1 == 2) | 1 && !0 | "&&" | "a||b" | "!" | '!' + "!"
1 != 2 | 1 !=2 | !1 != 2 | true && false || true | 1 && 2 and 3 || 4 | !xs || !none_left | 1 ! 2 | 1 !in xs
5 ! in xs | 1 & & 2 | 1 &&& 2 | 1 and | or 1 | and | not | 1 not 2 | 1 == not 2 | 1 + not 2 | - not 1 | 1 andnot 2
# comparison of numbers
1 == 1 | 1 == 1.0 | 1 == 2 | 1 != 1.0 | 1 < 2 | 2 < 1 | 1 <= 1 | 1 >= 2 | 1 > 0.5 | 0.1 + 0.2 == 0.3
0.5 == half | big == 9007199254740991.0 | big < 9007199254740992.0 | big >= 9007199254740991 | big > 1e300
9007199254740991 == 9007199254740991.5 | -0.0 == 0 | 0.0 == -0.0 | -1 < 0 | 1e-300 > 0 | 1 < 1.0000000000000002
1 < 2 < 3 | 1 < 3 < 2 | 3 > 2 > 1 | 1 == 1 == 1 | 1 < 2 > 1 | 1 < 2 == 2 | (1 < 2) == 2 | (1 < 2) == 1
1 == 1.0 == True | 3 > 2 == 2 | 1 != 2 != 1 | 1 < 0 < 1 / 0 | 0 < 1 < 1 / 0 | 1 in [1] == True
1 in xs in [xs] | 1 < two <= 2 < 3 | not 1 < 2 | not (1 < 2) | 1 <2 | 1< 2 | 1<2 | 0 <= half <= 1
1 === 1 | 1 <> 2 | 1 = 1 | 1 =< 2 | 1 => 2 | 1 is 1 | 1 is not 2 | 1 < | < 1 | 1 < < 2 | 1 !== 2
# comparison across types
1 == "1" | "1" == 1 | None == None | None == 0 | None == False | [] == False | "" == None | [] == "" | {} == []
blank == none_left | blank == blank | None != 1 | "a" != 1 | 1 < "2" | "a" < 1 | None < 1 | 1 > None
None < None | None <= None | [] < 1 | "a" < ["a"] | blank < blank | person < 1 | True < "a" | [1] < "a"
nothing == None | nothing < 1 | no == 0 | yes == 1.0 | person == person | person != blank | 0.5 < "a"
# strings
"a" + "b" | 'a' + "b" | "" + "" | "a" * 3 | 3 * "a" | "ab" * 0 | "ab" * -1 | "a" * True | False * "a" | "a" * 2.0
"a" * "b" | "a" + 1 | 1 + "a" | "a" - "b" | "a" / 2 | -"a" | "a" % 1 | "%s" % 1 | "%d" % 5 | 5 % "a" | "a" // 1
"a" == "a" | "a" == 'a' | "a" == "A" | "a" < "b" | "a" < "B" | "" < "a" | "abc" < "abd" | "ab" < "abc" | "b" > "abc"
"10" < "9" | "Z" < "a" | "é" > "z" | "😀" > "ﬁ" | "ﬁ" < "😀" | "\uffff" < "😀" | "😀" < "😁" | "a😀" < "a😁"
"😀" == "😀" | "😀a" < "😀b" | "\ue000" > "😀" | "" == "" | "" <= "" | "" < "" | "a" <= "a" | "b" >= "a" > ""
"abc"[0] | "abc"[2] | "abc"[3] | "abc"[-1] | "abc"[-3] | "abc"[-4] | "a😀b"[1] | "a😀b"[2] | "a😀b"[-2] | "😀"[1]
"😀"[-1] | "😀"[-2] | ""[0] | "abc"[1.0] | "abc"["a"] | "abc"[True] | "abc"[None] | "abc"[0][0] | "abc"[0][1]
len("") | len("abc") | len("naïve") | len("😀") | len("a😀b") | len(word) | word[6] | word[-1] | word[7]
"a" in "abc" | "d" in "abc" | "" in "abc" | "" in "" | "abc" in "abc" | "abcd" in "abc" | 1 in "abc" | None in "a"
"a" not in "abc" | "d" not in "abc" | "😀" in word | "bc" in "abc" | "ac" in "abc" | ["a"] in "abc" | "A" in "abc"
"a" "b" | "abc | 'abc | "a'b" | 'a"b' | "a\"b" | 'a\'b' | """a""" | r"a" | b"a" | f"a" | u"a" | "a\\" | "\" | '
"abc".upper() | "abc".length | "a".b | name.upper | name[0] | name[-1] + name[0] | name * 2 == "AdaAda"
# escapes
"\n" | "\t" | "\r" | "\\" | "\'" | "\"" | '\'' | '\"' | "\x41" | "\xe9" | "\u00e9" | "\u4e2d" | "\U0001F600"
"\a" | "\b" | "\f" | "\v" | "\0" | "\101" | "\18" | "\7" | "\d" | "\.+" | "\w+\d" | "\ " | "\/" | "\e" | "\z"
"\x4" | "\x" | "\xg0" | "\u12" | "\u" | "\U0001F60" | "\U00110000" | len("\n") | len("\q") | len("\\n")
"a\tb" == "a	b" | "\N" | "\n" == '\n' | "\x41" == "A" | "\u0041" == "\x41" | "\8" | "\9" | "\%" | "\u00E9"
# lists
[] | [1] | [1, 2] | [1, 2,] | [1,] | [,] | [1,,2] | [1 2] | [[]] | [[1], [2, [3]]] | [1, "a", None, True, 2.5]
[1] + [2] | [] + [] | [1] * 3 | 3 * [1] | [1] * 0 | [1] * -2 | [1, 2] * 2 | [1] * True | [1] * 1.5 | [1] + 1
[1] + "a" | [1] - [1] | [1] * [1] | -[1] | [1] / 2 | [1] % 2 | [[1]] * 2 | [] * 1000000 | "" * 1000000
[1, 2] == [1, 2] | [1, 2] == [1.0, True + 1] | [1] == [1, 2] | [] == [] | [[1]] == [[1]] | [1] == (1) | [1] != [2]
[1] == [True] | [0] == [False] | [1, [2, 3]] == [1, [2, 3.0]] | [None] == [None] | ["a"] == ["b"] | xs == [1, 2, 3]
[1] < [2] | [1, 2] < [1, 3] | [1] < [1, 0] | [] < [0] | [2] < [1, 5] | [1, 2] <= [1, 2] | [1] >= [1] | ["a"] < ["b"]
[1] < ["a"] | [1, "a"] < [2, 1] | [1, "a"] < [1, 1] | [None] < [None] | [None] < [None, 1] | [None] < [1] | [[1], 2] < [[1], 3]
[[2]] > [[1, 9]] | [[1, 2], 3] < [[1, 2, 0]] | [blank] <= [blank] | [blank] < [person] | [1.5] < [2] | [True] < [2]
[1, 2, 3][0] | [1, 2, 3][-1] | [1, 2, 3][3] | [1, 2, 3][-4] | [1, 2, 3][1.0] | xs[4 / 2] | xs[4 // 2] | xs[True]
xs[False] | xs["0"] | xs[None] | xs[[0]] | xs[xs[0]] | xs[-xs[0]] | xs[half] | xs[big] | xs[-big] | xs[2 - 2.0]
[[1, 2], [3]][0][1] | mixed[5][0] | mixed[6].five | mixed[6]["five"] | mixed[2][0] | mixed[-1] | mixed[0][0]
xs[] | xs[0 | xs 0] | xs[0,1] | xs[0:1] | xs[:] | xs[::2] | xs.0 | xs.length | xs.append | xs.constructor | xs.len
1 in xs | 4 in xs | 1.0 in xs | True in xs | "1" in xs | None in mixed | [4] in mixed | 2.5 in mixed | 1 not in xs
"Ada" in names | "ada" in names | not "ada" in names | [] in none_left | 1 in none_left | blank in [blank]
none_left or "none" | len(xs) | len([]) | len([[]]) | len(xs + xs) | len(xs * 3) | xs + [4] == [1, 2, 3, 4]
mixed | mixed[:2] | mixed * 1 == mixed | mixed + [] == mixed | mixed == xs | xs == xs | (1, 2) | () | (1,) | {1} | {}
# objects and dots
person.name | person["name"] | person.address.city | person["address"]["city"] | person.address["city"] | person . name
person.tags[0] | person.tags[-1] | person.tags[2] | person.missing | person["missing"] | person.name.first
person.address | person.__proto__ | person.constructor | person["constructor"] | person["__proto__"] | person.toString
person.__class__ | person.keys | person.get | person.length | blank.anything | nothing.name | one.real | yes.real
person[0] | person[None] | person[[]] | person[person] | person[1.5] | person["na" + "me"] | person[name] | blank[""]
"name" in person | "Eve" in person | "constructor" in person | "__proto__" in person | "toString" in blank | 1 in person
None in person | [] in person | person in person | 1.5 in person | True in blank | "age" not in person | person not in [1]
len(person) | len(blank) | person == person | person == blank | person.address == person["address"] | person != person
person and 1 | blank or 1 | person.age > 40 and person.name == "Eve" | person.age + 1 | person.age / 2 | -person.age
person.tags + person.tags | person.tags * 2 | person + person | person * 2 | person < person | -person | not person
person. | .name | person..name | person.1 | person."name" | person.(name) | person.name() | person.and | person.in
person.None | person.true | person.not | (person).name | (person.address).city | (person or blank).name | [person][0].name
(person).address.city | person.tags == ["a", "b"] | person.address.city[0] | person.age.x | len(person.tags) == 2
# names
name | missing | toString | constructor | __proto__ | hasOwnProperty | this | self | globalThis | window | len | max
len + 1 | len(name) + len | round | import | _ | __import__("os") | eval("1") | print(1) | open("x") | str(1) | int("1")
zero | one + two | zero or one | nothing | empty | name == "Ada" | Name | NAME | naïve | xs1 | 1xs | x-y | one-two
one -two | one- -two | é | 名前 | $x | @x | x? | one two | one, two | one; two | one # two | # | one \ two | lambda: 1
1 if True else 2 | [x for x in xs] | x := 1 | {"a": 1} | {**person} | *xs | yield | await x | ... | `one` | one. two
# functions
len(5) | len(None) | len(True) | len(1.5) | len() | len(1, 2) | len("a", "b") | len | len[0] | len.x | (len)("ab") | len ("ab")
len("ab",) | len(,) | len("ab" | len "ab") | len(*xs) | len(x=1) | any([]) | any([0, 1]) | any([0, ""]) | any(xs)
any("") | any("a") | any(blank) | any(person) | any(5) | any(None) | any([[]]) | any([[0]]) | any(1, 2) | any()
all([]) | all([1, 0]) | all(xs) | all("") | all("abc") | all(blank) | all(person) | all(1) | all(mixed) | all([1, "a", [0]])
any([1 > 2, 2 > 1]) | all([1 < 2, name]) | min(1, 2) | min([3, 1, 2]) | min(xs) | min(1) | min([]) | min() | min("b", "a")
min("cab") | min("") | min(1, "a") | min([1, "a"]) | min([1, 2], [1]) | min(1, 1.0) | min(1.0, 1) | min(None, 1) | min([None])
min(2, 1.5, True) | min(person) | min(blank) | max(1, 2) | max([3, 1, 2]) | max(xs) | max(1, 1.0) | max(1.0, 1) | max([])
max("a", "b", "c") | max("abc") | max("😀ﬁ") | min("😀ﬁ") | max(names) | min(names) | max(1, None) | max([1], [1, 2]) | max(person)
max(mixed) | max(3, 2, 1) | max(-1, -2) | max(0.1, 0) | max([[1, 2], [1, 3]]) | max(1, 2, 3, 4.5) | max(len(name), 2)
abs(-5) | abs(5) | abs(-5.5) | abs(-0.0) | abs(0) | abs("a") | abs(None) | abs([1]) | abs() | abs(1, 2) | abs(-big) | abs(price)
lower("ABC") | lower("Ärger") | lower("ΑΣ") | lower("İ") | lower("") | lower(1) | lower(None) | lower(["A"]) | upper("abc")
upper("straße") | upper("ﬁn") | upper("ŉ") | upper("ß") == "SS" | upper(name) | upper(word) | upper(1) | lower(upper("x"))
lower("ΑΣ ΑΣΒ") | upper("i") | lower("I") | upper("ǆ") | lower("ǅ") | upper("é") | upper() | upper("a", "b") | lower(name)[0]
contains("abc", "b") | contains("abc", "d") | contains("abc", "") | contains(xs, 2) | contains(xs, 2.0) | contains(xs, 9)
contains(person, "name") | contains(person, "Eve") | contains("abc", 1) | contains(1, 1) | contains(None, 1) | contains("b", "abc")
contains(xs) | contains(xs, 1, 2) | contains(names, "eve") | contains(none_left, None) | contains([None], None) | contains(person, xs)
starts_with("abc", "a") | starts_with("abc", "") | starts_with("abc", "b") | starts_with("", "") | starts_with("", "a")
starts_with("abc", "abcd") | starts_with(1, "a") | starts_with("a", 1) | starts_with(xs, 1) | starts_with("a", ["a"]) | starts_with("a")
ends_with("abc", "c") | ends_with("abc", "") | ends_with("abc", "b") | ends_with("", "") | ends_with("abc", "abc") | ends_with(None, "")
ends_with("a", None) | ends_with("a😀", "😀") | starts_with("😀a", "😀") | ends_with(name, "da") | starts_with(name, "ad")
# round
round(0.5) | round(1.5) | round(2.5) | round(-0.5) | round(-1.5) | round(-2.5) | round(0.49999999999999994) | round(2.4) | round(2.6)
round(-2.6) | round(5) | round(-5) | round(0.0) | round(-0.0) | round(-0.4) | round(1e15) | round(4503599627370497.5)
round(4503599627370496.5) | round(9007199254740991.0) | round(1e16) | round(1e300) | round(price) | round(True) | round("1") | round(None)
round(2.675, 2) | round(2.665, 2) | round(1.005, 2) | round(0.125, 2) | round(0.375, 2) | round(2.5, 0) | round(3.5, 0) | round(-2.5, 0)
round(0.5, 0) | round(-0.5, 0) | round(1.25, 1) | round(1.35, 1) | round(-1.25, 1) | round(1234.5678, 2) | round(1234.5678, -2) | round(1250.0, -2)
round(1350.0, -2) | round(50.0, -2) | round(150.0, -2) | round(49.9, -2) | round(-50.0, -2) | round(5.0, -1) | round(15.0, -1) | round(25.0, -1)
round(15, -1) | round(25, -1) | round(35, -1) | round(-15, -1) | round(-25, -1) | round(14, -1) | round(16, -1) | round(5, -1) | round(50, -2)
round(150, -2) | round(5, -5) | round(12345, -3) | round(12500, -3) | round(13500, -3) | round(big, -1) | round(big, -2) | round(big, -15)
round(big, -16) | round(big, -17) | round(big, -400) | round(7, 3) | round(7, 0) | round(0, -1) | round(True, 1) | round(True, -1)
round(1.5, True) | round(1.5, False) | round(1.5, None) | round(1, None) | round(1.5, 1.0) | round(1.5, "1") | round(1.5, [1]) | round(1.5, 1, 2)
round(0.1, 20) | round(0.1, 17) | round(0.1, 16) | round(0.1, 323) | round(0.1, 324) | round(0.1, 400) | round(123.456, -3) | round(999.9, -3)
round(5e-324, 323) | round(5e-324, 322) | round(1.7976931348623157e308, -308) | round(1.7976931348623157e308, -307) | round(1e308, -308)
round(9e307, -308) | round(4e307, -308) | round(-4e307, -308) | round(1e300, -309) | round(-1.5, -400) | round(-0.0, 2) | round(-0.001, 2)
round(5.015, 2) | round(1.015, 2) | round(0.285, 2) | round(10.235, 2) | round(1e22, 2) | round(1e22, -22) | round(123456789.987654321, 4)
round(4.35, 1) | round(8.345, 2) | round(0.045, 2) | round(1.45, 1) | round(-1.45, 1) | round(half) | round(price, 1) | round(price * 3, 2)
# white space and brackets
 1 + 1  | 1+1 | ( 1 + 1 ) | ((1)) | (((1 + 2)) * 3) | ( | ) | (1 | 1) | (1] | [1) | () + 1 | [(1)] | len ( xs ) | xs [ 0 ]
person .name | person. name | (1) (2) | 1 (2) | "a" (1) | xs(0) | person.name(1) | [1](0) | None() | 	1	+	1 | - (1) | not(1) | not(0)and(1)
1if 1 else 2 | (yes)and(no) | "a"in"abc" | [1]==[1] | (not 1)+1 | -(not 0) | 1 + (not 0) | (1 or 2) + 1 | (1 < 2) + 1 | xs[(1)] | (xs)[1]
'''


def by_hand():
    for line in TOPICS.splitlines():
        if not line.strip() or line.startswith("# "):
            continue
        yield from line.split(" | ")


EMPTY = ["", "  "]

OTHER_CONTEXTS = [
    ("a.b.c", {"a": {"b": {"c": 1}}}),
    ("a['x y']", {"a": {"x y": 1}}),
    ('a["__proto__"]', {"a": {"__proto__": 5}}),
    ("a.__proto__.x", {"a": {"__proto__": {"x": 5}}}),
    ('"__proto__" in a', {"a": {"__proto__": 5}}),
    ("constructor", {"constructor": "built"}),
    ("hasOwnProperty.x", {"hasOwnProperty": {"x": 1}}),
    ("len(a) + len('abc')", {"a": [1], "len": 100}),
    ("len", {"len": 100}),
    ("max + max(1, 2)", {"max": 40}),
    ("n / 2", {"n": 4}),
    ("n + 1", {"n": 1.0}),
    ("xs[n]", {"n": 1.0, "xs": [5, 6]}),
    ("xs[n]", {"n": 1.5, "xs": [5, 6]}),
    ("n", {"n": -0.0}),
    ("n + 0.0", {"n": -0.0}),
    ("n", {"n": 1e300}),
    ("n + 1", {"n": 9007199254740993}),
    ("xs[0]", {"xs": [9007199254740993]}),
    ("len(xs)", {"xs": [9007199254740993]}),
    ("a == b", {"a": {"x": 1, "y": [2]}, "b": {"y": [2.0], "x": True}}),
    ("a == b", {"a": {"x": 1}, "b": {"x": 1, "y": 2}}),
    ("a == b", {"a": {"x": None}, "b": {"y": None}}),
    ("a == b", {"a": [{"x": []}], "b": [{"x": {}}]}),
    ("a != b", {"a": [{"x": []}], "b": [{"x": []}]}),
    ("a in b", {"a": {"x": 1}, "b": [{"x": 2}, {"x": 1.0}]}),
    ("a < b", {"a": [[1, {"x": 1}], 2], "b": [[1, {"x": 1}], 3]}),
    ("a < b", {"a": [{"x": 1}], "b": [{"x": 2}]}),
    ("a", {"a": {"deep": [1, 2.5, {"x": [None, True]}]}}),
    ("a.b[0].c[1]", {"a": {"b": [{"c": [1, 2.5]}]}}),
    ("steps.x", {"other": 1}),
    ("score >= 0.8 and status == 'ok'", {"score": 0.8, "status": "ok"}),
    ("score >= 0.8 and status == 'ok'", {"score": 0.79, "status": "ok"}),
    ("amount > 1000 or country not in ['NO', 'SE']", {"amount": 10, "country": "DK"}),
    ("len(items) > 0 and items[0].price * items[0].count <= limit",
     {"items": [{"price": 2.5, "count": 4}], "limit": 10}),
    ("lower(email) == lower(other) || ends_with(email, '@example.org')",
     {"email": "Ada@Example.org", "other": "ada@example.org"}),
    ("len(draft.subject) <= 60 and not contains(lower(draft.body), 'lorem ipsum')",
     {"draft": {"subject": "Hello", "body": "Lorem Ipsum dolor"}}),
]


# --- generated cases -------------------------------------------------------------------------


class Generator:
    """Expressions of a seeded random grammar; most make sense, some do not."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, *options):
        return self.random.choice(options)

    def number(self):
        return self.pick(
            str(self.random.randint(0, 12)),
            str(self.random.randint(0, 12)),
            repr(self.random.randint(0, 400) / 8),
            repr(round(self.random.uniform(0, 100), self.random.randint(0, 4))),
            self.pick("zero", "one", "two", "half", "price", "person.age", "yes", "no"),
            repr(self.random.uniform(0, 1) * 10 ** self.random.randint(-12, 12)),
        )

    def text(self):
        return self.pick('"a"', "'Ada'", '"😀b"', "name", "empty", "person.name", '"ab" * 2', "word")

    def items(self):
        return self.pick("xs", "names", "none_left", "mixed", "person.tags", "[1, 2]", "[0.5, 1]", '["a"]')

    def atom(self):
        return self.pick(
            self.number, self.number, self.number, self.text, self.items,
            lambda: self.pick("None", "True", "False", "nothing", "person", "blank", "missing"),
        )()

    def arithmetic(self, depth):
        operator = self.pick("+", "-", "*", "/", "//", "%", "+", "-", "*")
        return f"{self.operand(depth)} {operator} {self.operand(depth)}"

    def comparison(self, depth):
        operators = ["==", "!=", "<", "<=", ">", ">=", "in", "not in"]
        parts = [self.operand(depth)]
        for _ in range(self.pick(1, 1, 1, 2)):
            parts += [self.random.choice(operators), self.operand(depth)]
        return " ".join(parts)

    def logical(self, depth):
        left, right = self.expression(depth - 1), self.expression(depth - 1)
        return f"{left} {self.pick('and', 'or', 'and', 'or', '&&', '||')} {right}"

    def call(self, depth):
        name = self.pick(*ARITY, "round", "len", "min", "max")
        if name == "round":
            value = f"{self.pick('', '-')}{self.number()}"
            return self.pick(f"round({value})", f"round({value}, {self.random.randint(-2, 5)})")
        if name in ("lower", "upper"):
            return f"{name}({self.text()})"
        if name in ("starts_with", "ends_with"):
            return f"{name}({self.text()}, {self.text()})"
        if name == "contains":
            return f"contains({self.pick(self.text(), self.items())}, {self.operand(depth)})"
        if name in ("min", "max") and self.random.random() < 0.6:
            return f"{name}({self.number()}, {self.operand(depth)}, {self.number()})"
        if name == "abs":
            return f"abs({self.operand(depth)})"
        return f"{name}({self.pick(self.items(), self.items(), self.text())})"

    def operand(self, depth):
        if depth <= 0 or self.random.random() < 0.45:
            return f"{self.pick('', '', '', '-')}{self.atom()}"
        return self.pick(
            lambda: f"({self.expression(depth - 1)})",
            lambda: f"({self.arithmetic(depth - 1)})",
            lambda: self.call(depth - 1),
            lambda: f"{self.items()}[{self.pick(self.number(), '0', '-1', '1')}]",
            lambda: f"[{self.expression(depth - 1)}, {self.atom()}]",
        )()

    def expression(self, depth):
        kind = self.pick("arithmetic", "arithmetic", "comparison", "comparison", "logical", "not", "call")
        if depth <= 0:
            return self.operand(0)
        if kind == "not":
            return f"{self.pick('not ', 'not ', '!')}{self.comparison(depth - 1)}"
        return getattr(self, kind)(depth - 1)


def generated():
    """Two thirds with a result, one third with an error; nothing twice, nothing long."""
    generator = Generator(20_240_601)
    seen, wanted = set(), {"result": 400, "error": 160}
    while any(wanted.values()):
        source = generator.expression(generator.pick(1, 2, 3))
        if source in seen or len(source) > 160:
            continue
        seen.add(source)
        case = vector(source, CONTEXT)
        kind = "error" if "error" in case else "result"
        if wanted[kind] > 0 and len(json.dumps(case)) < 2500:
            wanted[kind] -= 1
            yield source


def main():
    warnings.simplefilter("ignore")
    cases = [vector(source, CONTEXT) for source in [*EMPTY, *by_hand(), *generated()]]
    lines = [json.dumps(slim(case), ensure_ascii=False) for case in cases]
    lines += [json.dumps(vector(*case), ensure_ascii=False) for case in OTHER_CONTEXTS]
    target = pathlib.Path(__file__).with_name("vectors.json")
    head = json.dumps(CONTEXT, ensure_ascii=False)
    body = ",\n".join(lines)
    target.write_text(f'{{"context": {head},\n"cases": [\n{body}\n]}}\n', encoding="utf-8")
    errors = sum('"error": true' in line for line in lines)
    print(f"{len(lines)} vectors, {errors} of them errors")


def slim(case):
    """The shared context stands once at the head of the file."""
    return {key: value for key, value in case.items() if key != "context"}


if __name__ == "__main__":
    main()
