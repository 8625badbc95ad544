"""Standard library only. With a requirements.txt in the pack, workers give it an environment of its own."""

import json
import platform
import sys


def describe(text):
    words = text.split()
    return {
        "lines": len(text.splitlines()),
        "words": len(words),
        "characters": len(text),
        "longest_word": max(words, key=len, default=""),
        "python": platform.python_version(),
    }


def main():
    text = json.load(sys.stdin).get("text")
    if not isinstance(text, str):
        sys.exit("text must be given, as a string")
    print(json.dumps(describe(text)))


main()
