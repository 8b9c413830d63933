//! What only a kernel needs: showing values in a cell.
