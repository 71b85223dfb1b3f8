"""Looking back: what a policy would have done to the tickets of the past."""

from integration.backtest.found import BackTest, Example, Kept, Load
from integration.backtest.run import back_test

__all__ = ["BackTest", "Example", "Kept", "Load", "back_test"]
