"""The rules of filing, review and the Register. No Flask here; every writing function takes the actor."""
