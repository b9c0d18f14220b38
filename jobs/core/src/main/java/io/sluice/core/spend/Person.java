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

    public String userOrUnattributed() {
        return user != null ? user : Users.UNATTRIBUTED;
    }
}
