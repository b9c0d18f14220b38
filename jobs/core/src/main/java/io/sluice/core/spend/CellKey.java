package io.sluice.core.spend;

/**
 * Where counters are booked.
 *
 * @param hour hours since the epoch, UTC
 * @param importedIn see {@link Cell#importedIn}
 */
public record CellKey(Dimensions dimensions, long hour, int importedIn) {
    public CellKey withUser(String user) {
        return new CellKey(dimensions.withUser(user), hour, importedIn);
    }

    public CellKey atHour(long newHour) {
        return new CellKey(dimensions, newHour, importedIn);
    }

    public String user() {
        return dimensions.user();
    }

    Cell cell() {
        return dimensions.cell(hour, true, importedIn);
    }
}
