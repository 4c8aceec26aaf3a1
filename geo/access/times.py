"""The sparse table of walking times that every measure of access reads."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from data.errors import InputError, ParameterError, Where
from data.texts import Text

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TravelTimes:
    """Minutes on foot between demand cells and facilities, for the pairs within reach only.

    A pair that is not in the table is *out of reach*: it lies beyond the longest walk searched,
    or no way leads there. No large number stands for it. Pairs may come in any order; a pair
    stands once. Use :meth:`from_pairs` or :meth:`from_dense` for input that is not trusted.

    Parameters
    ----------
    cell, facility
        Shape (pairs,): positions of the cell and the facility, from 0.
    minutes
        Shape (pairs,): walking minutes, finite and not negative.
    n_cells, n_facilities
        How many cells and facilities there are, those without any pair included.
    measured
        Shape (n_cells,): False where the walk could not be measured at all (a cell far from any
        street). Such a cell has *unknown* access, which is not the same as none. None means that
        all are measured.
    """

    cell: Ints
    facility: Ints
    minutes: Floats
    n_cells: int
    n_facilities: int
    measured: Mask | None = None

    @classmethod
    def from_pairs(
        cls,
        cell: npt.ArrayLike,
        facility: npt.ArrayLike,
        minutes: npt.ArrayLike,
        *,
        n_cells: int,
        n_facilities: int,
        measured: npt.ArrayLike | None = None,
    ) -> Self:
        """Check a list of pairs and return it sorted by cell, then facility.

        Raises
        ------
        InputError
            If lengths differ, a position is outside the table, a time is negative, NaN or
            infinite, or a pair stands twice.
        """
        rows, columns = np.asarray(cell), np.asarray(facility)
        times = np.asarray(minutes, dtype=np.float64)
        known = None if measured is None else np.asarray(measured, dtype=np.bool_)
        _check_lengths(rows, columns, times, known, n_cells)
        _check_positions("cell", rows, n_cells)
        _check_positions("facility", columns, n_facilities)
        _check_minutes(times)
        keys = rows.astype(np.int64) * n_facilities + columns.astype(np.int64)
        order = np.argsort(keys, kind="stable")
        _check_repeated(keys[order], order, n_facilities)
        return cls(
            cell=rows[order].astype(np.int32),
            facility=columns[order].astype(np.int32),
            minutes=times[order],
            n_cells=n_cells,
            n_facilities=n_facilities,
            measured=known,
        )

    @classmethod
    def from_dense(cls, minutes: npt.ArrayLike, *, measured: npt.ArrayLike | None = None) -> Self:
        """Return the pairs of a full matrix, cells by facilities; NaN or +inf is out of reach.

        Raises
        ------
        InputError
            If it is not a matrix, or a time is negative.
        """
        matrix = np.asarray(minutes, dtype=np.float64)
        if matrix.ndim != 2:  # noqa: PLR2004 -- a matrix has two dimensions
            raise InputError(
                Text("Los tiempos no forman una matriz", "The times are not a matrix"),
                where=Where(value=matrix.shape),
                remedy=Text("Dé una fila por celda", "Give one row for each cell"),
            )
        rows, columns = np.nonzero(~np.isnan(matrix) & (matrix != np.inf))
        return cls.from_pairs(
            rows,
            columns,
            matrix[rows, columns],
            n_cells=matrix.shape[0],
            n_facilities=matrix.shape[1],
            measured=measured,
        )

    @classmethod
    def from_facility_lists(
        cls,
        first: npt.ArrayLike,
        cell: npt.ArrayLike,
        minutes: npt.ArrayLike,
        *,
        n_cells: int,
        measured: npt.ArrayLike | None = None,
    ) -> Self:
        """Check pairs listed facility after facility, as :class:`geo.travel.WalkingTimes` does.

        Parameters
        ----------
        first
            Shape (n_facilities + 1,): where the pairs of each facility start, and the last end.
        cell, minutes
            Shape (pairs,).
        n_cells
            Number of cells.
        measured
            As in the class.

        Raises
        ------
        InputError
            As :meth:`from_pairs`.
        """
        lengths = np.diff(np.asarray(first))
        return cls.from_pairs(
            cell,
            np.repeat(np.arange(lengths.size), lengths),
            minutes,
            n_cells=n_cells,
            n_facilities=lengths.size,
            measured=measured,
        )

    @property
    def n_pairs(self) -> int:
        """Number of pairs within reach."""
        return int(self.minutes.size)

    def within(self, limit_min: float) -> Self:
        """Return the pairs of at most ``limit_min`` minutes (the limit itself is included).

        Raises
        ------
        ParameterError
            If the limit is not a positive number.
        """
        if not limit_min > 0:
            raise ParameterError(
                Text("El límite de minutos no es positivo", "The limit in minutes is not positive"),
                where=Where(column="limit_min", value=limit_min),
                remedy=Text("Dé un número mayor que cero", "Give a number above zero"),
            )
        return self.where(self.minutes <= limit_min)

    def where(self, keep: Mask) -> Self:
        """Return the table with the pairs for which ``keep``, of shape (pairs,), is true."""
        return type(self)(
            cell=self.cell[keep],
            facility=self.facility[keep],
            minutes=self.minutes[keep],
            n_cells=self.n_cells,
            n_facilities=self.n_facilities,
            measured=self.measured,
        )

    def sum_by_cell(self, values: Floats) -> Floats:
        """Add up a value of each pair over the facilities of every cell; shape (n_cells,)."""
        sums = np.bincount(self.cell, weights=values, minlength=self.n_cells)
        return sums.astype(np.float64, copy=False)

    def sum_by_facility(self, values: Floats) -> Floats:
        """Add up a value of each pair over the cells of every facility; shape (n_facilities,)."""
        sums = np.bincount(self.facility, weights=values, minlength=self.n_facilities)
        return sums.astype(np.float64, copy=False)

    def unknown_where_unmeasured(self, values: Floats) -> Floats:
        """Return values of shape (n_cells, …) with NaN in cells whose walk was not measured."""
        if self.measured is None:
            return values
        result: Floats = values.copy()
        result[~self.measured] = np.nan
        return result


def _refuse(problem: Text, remedy: Text, where: Where) -> InputError:
    return InputError(problem, where=where, remedy=remedy)


def _check_lengths(
    rows: npt.NDArray[Any],
    columns: npt.NDArray[Any],
    times: Floats,
    measured: Mask | None,
    n_cells: int,
) -> None:
    if not rows.shape == columns.shape == times.shape or times.ndim != 1:
        raise _refuse(
            Text(
                "Las columnas de pares no miden lo mismo", "The pair columns differ in length"
            ),
            Text("Dé una celda, un centro y un tiempo por par",
                 "Give a cell, a facility and a time for each pair"),
            Where(value=(rows.shape, columns.shape, times.shape)),
        )  # fmt: skip
    if measured is not None and measured.shape != (n_cells,):
        raise _refuse(
            Text("La marca de celdas medidas no mide lo mismo que las celdas",
                 "The mask of measured cells differs in length from the cells"),
            Text("Dé un valor por celda", "Give one value for each cell"),
            Where(column="measured", value=measured.shape),
        )  # fmt: skip


def _check_positions(column: str, positions: npt.NDArray[Any], count: int) -> None:
    if positions.size and positions.dtype.kind not in "iu":
        raise _refuse(
            Text("Las posiciones no son enteras", "The positions are not integers"),
            Text("Dé números de fila desde 0", "Give row numbers from 0"),
            Where(column=column, value=str(positions.dtype)),
        )
    wrong = (positions < 0) | (positions >= count)
    if wrong.any():
        row = int(wrong.argmax())
        raise _refuse(
            Text("Una posición está fuera de la tabla", "A position is outside the table"),
            Text(f"Debe estar entre 0 y {count - 1}", f"It must be between 0 and {count - 1}"),
            Where(row=row + 1, column=column, value=int(positions[row])),
        )


def _check_minutes(times: Floats) -> None:
    wrong = ~np.isfinite(times) | (times < 0)
    if wrong.any():
        row = int(wrong.argmax())
        raise _refuse(
            Text("Un tiempo de traslado no es válido", "A travel time is not valid"),
            Text("Quite los pares sin alcance; los minutos no son negativos",
                 "Leave out pairs beyond reach; minutes are not negative"),
            Where(row=row + 1, column="minutes", value=float(times[row])),
        )  # fmt: skip


def _check_repeated(
    keys: npt.NDArray[np.int64], order: npt.NDArray[np.intp], n_facilities: int
) -> None:
    repeated = np.flatnonzero(keys[1:] == keys[:-1])
    if repeated.size:
        first = int(repeated[0]) + 1
        pair = divmod(int(keys[first]), n_facilities)
        raise _refuse(
            Text("Un par de celda y centro se repite", "A pair of cell and facility is repeated"),
            Text("Deje un solo tiempo por par, el menor", "Keep one time for each pair, the least"),
            Where(row=int(order[first]) + 1, column="cell, facility", value=pair),
        )
