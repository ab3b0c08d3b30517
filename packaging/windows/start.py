"""What both Windows programs run; the windowed one writes its errors to the log file."""

import sys
from pathlib import Path

from combatlens.__main__ import main, main_windowed

if __name__ == "__main__":
    sys.exit(main_windowed() if Path(sys.executable).stem.endswith("w") else main())
