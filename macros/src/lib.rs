//! Derives of Turret.
