package io.sluice.otlp;

import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Micros;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One request while it is decoded: what is known about it, what it became so far, and the buffers that its records share. */
final class Batch {
    private static final Attributes EMPTY = new Attributes();

    final OtlpContext context;
    final Records records;
    final String source;
    /** Microseconds since the epoch. */
    final long receivedAt;

    final Fingerprint fingerprint = new Fingerprint();
    final Fingerprint.Adder adder = new Fingerprint.Adder();
    final Attributes resource = new Attributes();
    final Fingerprint.Sum resourceSum = new Fingerprint.Sum();
    final Attributes attributes = new Attributes();
    final Fingerprint.Sum attributesSum = new Fingerprint.Sum();
    long received;
    long ignored;

    private long rejected;
    private String firstRejection = "";
    private final Map<RejectReason, Integer> reasons = new EnumMap<>(RejectReason.class);
    private int resourceAttributes;
    private long resourceChars;
    private long resourceRecords;

    Batch(OtlpContext context, Records records, String source) {
        this.context = context;
        this.records = records;
        this.source = source;
        receivedAt = Micros.of(context.receivedAt());
    }

    /**
     * @param records how many of them the resource has
     */
    void startResource(Resource sent, long records) {
        resourceRecords = records;
        resourceAttributes = sent.getAttributesCount();
        resourceSum.clear();
        resource.clear(resourceAttributes);
        if (resourceAttributes <= Limits.ATTRIBUTES) {
            resource.add(sent.getAttributesList());
            adder.add(sent.getAttributesList(), resourceSum);
        } else {
            resource.addKnown(sent.getAttributesList());
        }
        resourceChars = resource.chars();
    }

    /**
     * Starts a record: {@link #attributes} are its own and those of its resource.
     *
     * @return null, or why the record is refused whatever else it holds; then only known attributes are there
     */
    @Nullable
    Rejection startRecord(List<KeyValue> sent) {
        received++;
        Rejection rejection = null;
        if (resourceAttributes + sent.size() > Limits.ATTRIBUTES) {
            rejection = new Rejection(
                    RejectReason.TOO_MANY_ATTRIBUTES,
                    "attributes",
                    (resourceAttributes + sent.size()) + " with those of the resource",
                    "at most " + Limits.ATTRIBUTES);
        } else if (resourceChars * resourceRecords > Limits.REPEATED_CHARS) {
            rejection = new Rejection(
                    RejectReason.RECORD_TOO_LARGE,
                    "resource",
                    resourceChars + " characters for each of " + resourceRecords + " records",
                    "at most " + Limits.REPEATED_CHARS + " in all");
        }
        if (rejection == null) {
            attributes.startWith(resource, sent.size());
            attributes.add(sent);
        } else {
            attributes.startWith(EMPTY, 0);
            attributes.addKnown(sent);
        }
        return rejection;
    }

    void checkOrganization() throws Rejection {
        String claimed = attributes.peek(Key.ORGANIZATION_ID);
        if (claimed != null
                && !context.organizationIds().isEmpty()
                && !context.organizationIds().contains(claimed)) {
            throw new Rejection(
                    RejectReason.ORGANIZATION_MISMATCH,
                    Key.ORGANIZATION_ID.attribute,
                    "another organization, text of " + claimed.length() + " characters",
                    "an organization of the token");
        }
    }

    @SuppressWarnings("NullAway") // Avro's nullable fields have setters without annotations.
    void reject(Rejection rejection, String eventId, @Nullable String sessionId, @Nullable String name) {
        DeadLetter letter = new DeadLetter();
        letter.setOrgId(context.orgId());
        letter.setEventId(eventId);
        letter.setReceivedAt(receivedAt);
        letter.setSource(source);
        letter.setReason(rejection.reason.code());
        letter.setField(rejection.field);
        letter.setMessage(String.valueOf(rejection.getMessage()));
        letter.setSessionId(withinField(sessionId));
        letter.setName(withinField(name));
        records.deadLetter(letter);
        if (++rejected == 1) {
            firstRejection = letter.getMessage();
        }
        reasons.merge(rejection.reason, 1, Integer::sum);
    }

    private static @Nullable String withinField(@Nullable String text) {
        return text != null && text.length() <= Limits.FIELD_CHARS ? text : null;
    }

    Counts end() {
        return new Counts(received, ignored, rejected, message());
    }

    /** For example {@code 3 of 10 records rejected: 2 model-missing, 1 number-out-of-range. First: …}. */
    private String message() {
        if (rejected == 0) {
            return "";
        }
        StringBuilder text = new StringBuilder(160);
        text.append(rejected).append(" of ").append(received).append(" records rejected: ");
        String separator = "";
        for (Map.Entry<RejectReason, Integer> entry : reasons.entrySet()) {
            text.append(separator)
                    .append(entry.getValue())
                    .append(' ')
                    .append(entry.getKey().code());
            separator = ", ";
        }
        return text.append(". First: ").append(firstRejection).toString();
    }
}
