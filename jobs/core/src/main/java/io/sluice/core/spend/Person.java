package io.sluice.core.spend;

import org.jspecify.annotations.Nullable;

/**
 * Who a session belongs to: the person of its earliest record that names one. Spend of records that name nobody goes
 * to that person.
 *
 * @param user null: not known yet
 */
public record Person(@Nullable String user, long sinceMicros) {
    public static final Person UNKNOWN = new Person(null, Long.MAX_VALUE);

    /** Earliest wins, then the smaller name, so that the order of arrival does not matter. */
    public Person or(String other, long atMicros) {
        boolean earlier =
                user == null || atMicros < sinceMicros || (atMicros == sinceMicros && other.compareTo(user) < 0);
        return earlier ? new Person(other, atMicros) : this;
    }

    /** Whether a record with this name (UTF-8) may say something new; saves making a string of the name. */
    public boolean maySay(long atMicros, byte[] name, int offset, int length) {
        return user == null || atMicros <= sinceMicros || !isUser(name, offset, length);
    }

    private boolean isUser(byte[] name, int offset, int length) {
        // By characters for plain names; others are compared by the caller.
        if (user == null || user.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (user.charAt(i) != name[offset + i]) {
                return false;
            }
        }
        return true;
    }

    public String userOrUnattributed() {
        return user != null ? user : Users.UNATTRIBUTED;
    }

    public void write(RowWriter row) {
        Dimensions.put(row, user);
        row.putLong(sinceMicros);
    }

    public static Person read(RowReader row) {
        String user = Dimensions.optional(row);
        return new Person(user, row.readLong());
    }
}
