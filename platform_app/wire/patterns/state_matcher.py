"""A matcher of our own: all places in the pattern where a text may have got to, followed at once.

Where RE2 has no wheel, and for patterns whose programs would be too large for it. The work for a character is
bounded by the size of the program, whatever the text is; sets of places that were there before are
remembered, so that most characters cost a look into a dictionary.
Source: Ken Thompson, Regular Expression Search Algorithm, 1968; Russ Cox, swtch.com/~rsc/regexp.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from platform_app.wire.patterns.folding import variants
from platform_app.wire.patterns.nodes import (
    BEGIN_LINE,
    BEGIN_TEXT,
    BOUNDARY,
    END_LINE,
    END_TEXT,
    NO_BOUNDARY,
    Alternate,
    AnyCharacter,
    Assertion,
    Class,
    Concat,
    Literal,
    Node,
    Ranges,
    Repeat,
)

# Steps of all remembered states, and the characters that lead on from them.
_MOST_REMEMBERED = 50_000
_MOST_SHORT_STEPS = 5_000
_BYTES_OF_A_STEP = 200
_BYTES_OF_A_MEMORY = 100
_WORD = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")

# Of an assertion, by the characters before and after its place, "" at the ends of the text.
_HOLDS: dict[Assertion, Callable[[str, str], bool]] = {
    BEGIN_TEXT: lambda before, after: not before,
    END_TEXT: lambda before, after: not after,
    BEGIN_LINE: lambda before, after: before in ("", "\n"),
    END_LINE: lambda before, after: after in ("", "\n"),
    BOUNDARY: lambda before, after: (before in _WORD) != (after in _WORD),
    NO_BOUNDARY: lambda before, after: (before in _WORD) == (after in _WORD),
}


@dataclass(slots=True)
class _Step:
    """What a program does at one place: take a character and go to the next step, or go to `targets` at once.

    The latter only where `assertion` holds, if there is one. A step without all that is the end: it matches.
    """

    takes: Callable[[str], bool] | None = None
    targets: tuple[int, ...] = ()
    assertion: Assertion | None = None


@dataclass(slots=True, eq=False)
class _State:
    """Where a text may have got to: the steps that wait, and what assertions ask of the character before."""

    steps: tuple[int, ...]
    before: str
    is_end: bool = False
    on: "dict[str, _State]" = field(default_factory=dict)  # by the next character, "" at the end of the text


_MATCHED = _State((), "", is_end=True)
_FAILED = _State((), "", is_end=True)


class StateMatcher:
    """Looks for one pattern. Threads may share it: what they remember for each other is the same for all."""

    def __init__(self, tree: Node) -> None:
        program = _Program(tree)
        self._program = program.steps
        self._has_assertions = any(step.assertion for step in self._program)
        # Otherwise a match may start anywhere.
        self._is_anchored = isinstance(tree, Concat) and tree.parts[:1] == (BEGIN_TEXT,)
        self.work = 0  # steps looked at so far
        self.memory_bytes = len(self._program) * _BYTES_OF_A_STEP + _BYTES_OF_A_MEMORY * (
            _MOST_REMEMBERED + sum(map(len, program.classes))
        )
        self._forget()

    def matches(self, text: str) -> bool:
        """Whether the pattern is somewhere in `text`, which holds no lone surrogates."""
        state = self._start
        for character in text:
            following = state.on.get(character) or self._follow(state, character)
            if following.is_end:
                return following is _MATCHED
            state = following
        return (state.on.get("") or self._follow(state, "")) is _MATCHED

    def is_short(self, text: str) -> bool:
        """Whether even the worst text of this length takes no more than a millisecond, about."""
        return len(self._program) * len(text) <= _MOST_SHORT_STEPS

    def _forget(self) -> None:
        self._start = _State((0,), "")
        self._states = {(self._start.steps, self._start.before): self._start}
        self._remembered = 0

    def _follow(self, state: _State, character: str) -> _State:
        """The state after `character`, "" for the end of the text."""
        following = self._after(state, character)
        if self._remembered > _MOST_REMEMBERED:
            self._forget()
        state.on[character] = following
        self._remembered += 1
        return following

    def _after(self, state: _State, character: str) -> _State:
        program = self._program
        waiting = list(state.steps)
        seen = set(waiting)
        taken = set() if self._is_anchored else {0}
        while waiting:
            place = waiting.pop()
            step = program[place]
            self.work += 1
            if step.takes is not None:
                if character and step.takes(character):
                    taken.add(place + 1)
            elif not step.targets:
                return _MATCHED
            elif step.assertion is None or _HOLDS[step.assertion](state.before, character):
                for target in step.targets:
                    if target not in seen:
                        seen.add(target)
                        waiting.append(target)
        if not taken or not character:
            return _FAILED
        return self._state(tuple(sorted(taken)), self._kind(character))

    def _kind(self, character: str) -> str:
        """One of the characters that are the same as `character` for all assertions."""
        if not self._has_assertions or character == "\n":
            return "\n"
        return "a" if character in _WORD else " "

    def _state(self, steps: tuple[int, ...], before: str) -> _State:
        state = self._states.get((steps, before))
        if state is None:
            state = self._states[steps, before] = _State(steps, before)
            self._remembered += len(steps)
        return state


class _Program:
    """The steps that find a tree, the first of them first."""

    def __init__(self, tree: Node) -> None:
        self.steps: list[_Step] = []
        self.classes: dict[Ranges, Callable[[str], bool]] = {}
        self._write(tree)
        self.steps.append(_Step())

    def _write(self, node: Node) -> None:
        """Append what finds `node` and then goes on to what comes after it."""
        match node:
            case Literal(character, ignore_case):
                is_one = frozenset(variants(character)).__contains__ if ignore_case else character.__eq__
                self._take(is_one)
            case Class(ranges):
                if ranges not in self.classes:
                    self.classes[ranges] = _in_ranges(ranges)
                self._take(self.classes[ranges])
            case AnyCharacter(with_newline):
                self._take("".__ne__ if with_newline else "\n".__ne__)
            case Assertion():
                self.steps.append(_Step(targets=(len(self.steps) + 1,), assertion=node))
            case Concat(parts):
                for part in parts:
                    self._write(part)
            case Alternate(choices):
                self._write_choices(choices)
            case Repeat(part, least, most):
                self._write_repeated(part, least, most)

    def _take(self, takes: Callable[[str], bool]) -> None:
        self.steps.append(_Step(takes))

    def _fork(self, *targets: int) -> _Step:
        """A step that goes on at once; its targets may be said later."""
        self.steps.append(_Step(targets=targets))
        return self.steps[-1]

    def _write_choices(self, choices: tuple[Node, ...]) -> None:
        fork = self._fork()
        starts, leaving = [], []
        for choice in choices:
            starts.append(len(self.steps))
            self._write(choice)
            leaving.append(self._fork())
        fork.targets = tuple(starts)
        for step in leaving:
            step.targets = (len(self.steps),)

    def _write_repeated(self, part: Node, least: int, most: int | None) -> None:
        start = len(self.steps)
        for _ in range(least):
            start = len(self.steps)
            self._write(part)
        if most is None and least:
            self._fork(start, len(self.steps) + 1)
            return
        forks = []
        for _ in range(1 if most is None else most - least):
            forks.append((self._fork(), len(self.steps)))
            self._write(part)
        if most is None:
            self._fork(start)
        for fork, inside in forks:
            fork.targets = (inside, len(self.steps))


def _in_ranges(ranges: Ranges) -> Callable[[str], bool]:
    firsts = [first for first, _ in ranges]
    lasts = [-1, *(last for _, last in ranges)]
    return lambda character: ord(character) <= lasts[bisect_right(firsts, ord(character))]
