"""Print the page of what is to be verified: ``python -m nudipole.validation > docs/reference/to-verify.md``."""

from nudipole.validation.provenance import page

if __name__ == "__main__":
    print(page(), end="")
