"""The steps by which a library of an older version becomes one of this; run when it is opened."""
