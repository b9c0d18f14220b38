package io.sluice.otlp;

import io.sluice.schema.ActivityEvent;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.UsageEvent;
import java.util.List;

/**
 * What one request became. {@code received = usage + counters + activity + deadLetters + ignored}; content is derived
 * besides and not counted.
 *
 * @param content messages, each of a record that is also in {@code activity}
 * @param deadLetters one for every record that was refused
 * @param received log records, metric points of all kinds, or spans
 * @param ignored points of other kinds than sums, points marked as having no value, and spans
 * @param message in English, for OTLP's {@code error_message}; empty: nothing was refused. Holds no content.
 */
public record Decoded(
        List<UsageEvent> usage,
        List<CounterPoint> counters,
        List<ActivityEvent> activity,
        List<ContentEvent> content,
        List<DeadLetter> deadLetters,
        long received,
        long ignored,
        String message) {

    /** OTLP's {@code rejected_log_records}, {@code rejected_data_points}. */
    public long rejected() {
        return deadLetters.size();
    }
}
