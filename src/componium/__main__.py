"""`python -m componium` is `componium`."""

from componium.cli import main

main()
