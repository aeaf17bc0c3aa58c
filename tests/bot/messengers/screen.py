"""A small terminal screen: what a person sees after some characters were written (ECMA-48, in part)."""

import re

from wcwidth import wcwidth

_TOKEN = re.compile(
    "\x1b\\[(?P<numbers>[0-?]*)[ -/]*(?P<final>[@-~])|\x1b\\][^\x07]*\x07|\x1b.|(?P<text>.)", re.DOTALL
)


def screen_lines(written: str, columns: int) -> list[str]:
    """The lines of an endlessly tall screen, right-hand spaces removed."""
    screen = _Screen(columns)
    for token in _TOKEN.finditer(written):
        if token["text"]:
            screen.write(token["text"])
        elif token["final"]:
            screen.obey(token["final"], token["numbers"])
    return ["".join(row).rstrip() for row in screen.rows]


class _Screen:
    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.rows: list[list[str]] = [[]]
        self.row = self.column = 0

    def write(self, character: str) -> None:
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self._go(self.row + 1, self.column)
        elif character == "\b":
            self.column = max(0, self.column - 1)
        elif character >= " ":
            cells = [character, *[""] * (wcwidth(character) - 1)]
            if self.column + len(cells) > self.columns:
                self._go(self.row + 1, 0)
            row = self.rows[self.row]
            row.extend(" " * (self.column - len(row)))
            row[self.column : self.column + len(cells)] = cells
            self.column += len(cells)

    def obey(self, final: str, numbers: str) -> None:
        number = int(numbers) if numbers.isdigit() else 0
        steps = max(1, number)
        match final:
            case "A":
                self.row = max(0, self.row - steps)
            case "B":
                self._go(self.row + steps, self.column)
            case "C":
                self.column = min(self.columns - 1, self.column + steps)
            case "D":
                self.column = max(0, self.column - steps)
            case "K":
                del self.rows[self.row][self.column :]
            case "J" if number == 0:
                del self.rows[self.row][self.column :]
                del self.rows[self.row + 1 :]
            case "J" | "H":
                raise AssertionError(f"the whole screen was taken: {numbers}{final}")

    def _go(self, row: int, column: int) -> None:
        self.row, self.column = row, column
        while len(self.rows) <= row:
            self.rows.append([])
