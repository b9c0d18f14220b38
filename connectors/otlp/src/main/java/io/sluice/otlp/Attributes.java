package io.sluice.otlp;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.sluice.schema.Actor;
import io.sluice.schema.Texts;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of one record, those of its resource below them: a record's own value wins, and of a key sent twice
 * the last value.
 *
 * <p>Fields of the result <em>take</em> what they hold; what nobody took is left for {@link #rest}, so nothing is
 * dropped and nothing is said twice. One instance serves all records of a request.
 */
final class Attributes {
    private static final List<Key> KEYS = List.of(Key.values());
    private static final int PLACES = 64;
    /** A power of two. */
    private static final @Nullable Name[] NAMES = new @Nullable Name[1024];
    /** More attributes than this are kept in a map that finds a name without comparing it with all others. */
    private static final int FEW = 64;
    /** Fields of a log record that become attributes. */
    private static final int FIELDS = 4;

    private static final double LONGS_EXACT_IN_DOUBLE = 1L << 53;

    /** By slot of the key; null: absent, or taken. */
    private final @Nullable AnyValue[] known = new @Nullable AnyValue[Key.COUNT];

    /**
     * What was last seen in a place: records of one client have the same attributes in the same places, which saves the
     * hash of a name. Holds over records, and is only a memory: any content gives the same result.
     */
    private final @Nullable KeyValue[] seen = new @Nullable KeyValue[PLACES];

    private final Name[] seenNames = new Name[PLACES];

    private Map<String, String> others = new TextMap(0);
    private long otherChars;

    private record Name(String text, @Nullable Key key) {}

    Attributes() {
        Arrays.fill(seenNames, new Name("", null));
    }

    /** Starts a record: only the attributes of its resource are there. */
    void startWith(Attributes resource, int expected) {
        System.arraycopy(resource.known, 0, known, 0, known.length);
        int most = resource.others.size() + expected + FIELDS;
        others = most <= FEW && resource.others instanceof TextMap few
                ? new TextMap(few, most)
                : new HashMap<>(resource.others);
        otherChars = resource.otherChars;
    }

    /** Starts a resource. */
    void clear(int expected) {
        Arrays.fill(known, null);
        others = expected <= FEW ? new TextMap(expected) : new HashMap<>();
        otherChars = 0;
    }

    void add(List<KeyValue> attributes) {
        for (int i = 0; i < attributes.size(); i++) {
            KeyValue attribute = attributes.get(i);
            if (i >= PLACES) {
                add(attribute.getKey(), Key.of(attribute.getKey()), attribute.getValue());
                continue;
            }
            if (attribute != seen[i]) {
                seen[i] = attribute;
                String name = attribute.getKey();
                if (!name.equals(seenNames[i].text())) {
                    seenNames[i] = shared(name);
                }
            }
            add(seenNames[i].text(), seenNames[i].key(), attribute.getValue());
        }
    }

    /** The one object for a name that is often sent: it knows its hash, and whoever writes it may know its bytes. */
    private static Name shared(String name) {
        int hash = name.hashCode();
        int slot = (hash ^ hash >>> 16) & (NAMES.length - 1);
        Name known = NAMES[slot];
        if (known != null && name.equals(known.text())) {
            return known;
        }
        // Threads may overwrite each other's names; any of them will do.
        Name added = new Name(name, Key.of(name));
        NAMES[slot] = added;
        return added;
    }

    private void add(String name, @Nullable Key key, AnyValue value) {
        if (key == null) {
            addOther(name, value);
        } else {
            known[key.slot] = value;
        }
    }

    /** For a record that is refused whatever it says: only what its dead letter needs. */
    void addKnown(List<KeyValue> attributes) {
        for (int i = 0; i < attributes.size(); i++) {
            Key key = Key.of(attributes.get(i).getKey());
            if (key != null) {
                known[key.slot] = attributes.get(i).getValue();
            }
        }
    }

    private void addOther(String name, AnyValue value) {
        String text = Texts.cut(Values.text(value), Limits.TEXT_BYTES);
        otherChars += name.length() + text.length();
        others.put(name, text);
    }

    /** An attribute of the record that OTLP sends outside the attributes; one of the same name goes before it. */
    void addUnlessPresent(String name, String text) {
        if (others.putIfAbsent(name, Texts.cut(text, Limits.TEXT_BYTES)) == null) {
            otherChars += name.length() + text.length();
        }
    }

    /** About how much text every record of this resource repeats, in UTF-16 units. */
    long chars() {
        long chars = otherChars;
        for (AnyValue value : known) {
            if (value != null) {
                chars += Values.text(value).length();
            }
        }
        return chars;
    }

    /** The text of an attribute, of any length, which stays; null: absent or empty. */
    @Nullable
    String peek(Key key) {
        AnyValue value = known[key.slot];
        return value == null || Values.isAbsent(value) ? null : Values.text(value);
    }

    /** Whether there is an attribute that is not empty; it stays. */
    boolean has(Key key) {
        AnyValue value = known[key.slot];
        return value != null && !Values.isAbsent(value);
    }

    /** Takes a value that is already known from elsewhere. */
    void drop(Key key) {
        known[key.slot] = null;
    }

    /**
     * Takes the text of an attribute, for a field of its own.
     *
     * @return null: absent or empty
     */
    @Nullable
    String take(Key key) throws Rejection {
        String text = peek(key);
        if (text != null && text.length() > Limits.FIELD_CHARS) {
            throw new Rejection(
                    RejectReason.VALUE_TOO_LONG,
                    key.attribute,
                    "text of " + text.length() + " characters",
                    "at most " + Limits.FIELD_CHARS);
        }
        known[key.slot] = null;
        return text;
    }

    /** Takes the text of an attribute that may be long: it is cut. Null: absent or empty. */
    @Nullable
    String takeContent(Key key) {
        String text = peek(key);
        known[key.slot] = null;
        return text == null ? null : Texts.cut(text, Limits.TEXT_BYTES);
    }

    /**
     * Takes a whole number of 0 to {@code max}.
     *
     * @return {@code absent} when there is none
     */
    long takeCount(Key key, long max, long absent) throws Rejection {
        AnyValue value = known[key.slot];
        if (value == null || Values.isAbsent(value)) {
            return absent;
        }
        long count;
        if (value.getValueCase() == AnyValue.ValueCase.INT_VALUE) {
            count = value.getIntValue();
            if (count < 0 || count > max) {
                throw outOfRange(key, Long.toString(count), max);
            }
        } else {
            double number = numberOf(key, value);
            if (!(number >= 0 && number <= max)) {
                throw outOfRange(key, Double.toString(number), max);
            }
            count = (long) number;
            if (count != number) {
                throw new Rejection(RejectReason.NUMBER_EXPECTED, key.attribute, "a fraction", "a whole number");
            }
        }
        known[key.slot] = null;
        return count;
    }

    /** Takes an amount of 0 to {@code max}; null: absent. */
    @Nullable
    Double takeAmount(Key key, long max) throws Rejection {
        AnyValue value = known[key.slot];
        if (value == null || Values.isAbsent(value)) {
            return null;
        }
        double number = numberOf(key, value);
        if (!(number >= 0 && number <= max)) {
            throw outOfRange(key, Double.toString(number), max);
        }
        known[key.slot] = null;
        return number;
    }

    private static double numberOf(Key key, AnyValue value) throws Rejection {
        Double number = Values.number(value);
        if (number == null) {
            throw new Rejection(
                    RejectReason.NUMBER_EXPECTED,
                    key.attribute,
                    Values.shape(value),
                    "a number, or text that holds one");
        }
        return number;
    }

    private static Rejection outOfRange(Key key, String number, long max) {
        return new Rejection(RejectReason.NUMBER_OUT_OF_RANGE, key.attribute, number, "0 to " + max);
    }

    /** {@code event.sequence}; null: absent, or no whole number of 0 or more, which then stays an attribute. */
    @Nullable
    Long takeSequence() {
        AnyValue value = known[Key.EVENT_SEQUENCE.slot];
        if (value != null && value.getValueCase() == AnyValue.ValueCase.INT_VALUE && value.getIntValue() >= 0) {
            known[Key.EVENT_SEQUENCE.slot] = null;
            return value.getIntValue();
        }
        Double number = value == null ? null : Values.number(value);
        if (number == null || !(number >= 0 && number < LONGS_EXACT_IN_DOUBLE) || number != Math.rint(number)) {
            return null;
        }
        known[Key.EVENT_SEQUENCE.slot] = null;
        return number.longValue();
    }

    /** {@code service.name}; {@code claude-code} when the sender does not say. */
    String takeProduct() throws Rejection {
        String product = take(Key.SERVICE_NAME);
        return product == null ? "claude-code" : product;
    }

    /** {@code team.id}, else {@code team}; null: neither. */
    @Nullable
    String takeTeam() throws Rejection {
        String team = take(Key.TEAM_ID);
        return team != null ? team : take(Key.TEAM);
    }

    /** The repository's URL without credentials, else owner and name; null: not told. */
    @Nullable
    String takeRepository() throws Rejection {
        String url = take(Key.REPOSITORY_URL);
        if (url != null) {
            return withoutUserInfo(url);
        }
        String name = take(Key.REPOSITORY_NAME);
        if (name == null) {
            return null;
        }
        String owner = take(Key.REPOSITORY_OWNER);
        return owner == null ? name : owner + "/" + name;
    }

    /** A remote may be cloned as {@code https://user:token@host/…}: a secret that must not be stored. */
    private static String withoutUserInfo(String url) {
        int at = url.indexOf('@');
        if (at < 0 || !url.startsWith("http")) {
            return url;
        }
        int authority = url.indexOf("://") + 3;
        int path = url.indexOf('/', authority);
        int end = path < 0 ? url.length() : path;
        int last = url.lastIndexOf('@', end - 1);
        return authority < 3 || last < authority ? url : url.substring(0, authority) + url.substring(last + 1);
    }

    /**
     * Whoever the attributes name. Behind a gateway {@code user.id} is the identity provider's subject, not an
     * installation, and {@code identity.source} says so.
     */
    @SuppressWarnings("NullAway") // Avro's nullable fields have setters without annotations.
    Actor takeActor() throws Rejection {
        Actor actor = new Actor();
        actor.setAccountId(take(Key.USER_ACCOUNT_ID));
        actor.setAccountUuid(take(Key.USER_ACCOUNT_UUID));
        String email = take(Key.USER_EMAIL);
        actor.setEmail(email == null ? null : email.toLowerCase(Locale.ROOT));
        String endUser = take(Key.END_USER_ID);
        if (endUser == null) {
            endUser = take(Key.END_USER_SUB);
        }
        if (known[Key.IDENTITY_SOURCE.slot] == null) {
            actor.setInstallationId(take(Key.USER_ID));
        } else if (endUser == null) {
            endUser = take(Key.USER_ID);
        }
        actor.setEndUserId(endUser);
        return actor;
    }

    /** Everything that no field took, as text. The map is the caller's to keep. */
    Map<String, String> rest() throws Rejection {
        for (int i = 0; i < known.length; i++) {
            AnyValue value = known[i];
            if (value != null) {
                addOther(KEYS.get(i).attribute, value);
                known[i] = null;
            }
        }
        // A UTF-16 unit is at most three bytes.
        if (otherChars > Limits.RECORD_BYTES / 3) {
            long bytes = 0;
            for (Map.Entry<String, String> entry : others.entrySet()) {
                bytes += Texts.utf8Length(entry.getKey()) + Texts.utf8Length(entry.getValue());
            }
            if (bytes > Limits.RECORD_BYTES) {
                throw new Rejection(
                        RejectReason.RECORD_TOO_LARGE,
                        null,
                        bytes + " bytes of text",
                        "at most " + Limits.RECORD_BYTES);
            }
        }
        return others;
    }
}
