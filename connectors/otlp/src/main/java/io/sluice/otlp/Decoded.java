package io.sluice.otlp;

import io.sluice.schema.ActivityEvent;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.UsageEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What one request became, as a whole.
 *
 * @param content messages, each of a record that is also in {@code activity}
 * @param deadLetters one for every record that was refused
 */
public record Decoded(
        List<UsageEvent> usage,
        List<CounterPoint> counters,
        List<ActivityEvent> activity,
        List<ContentEvent> content,
        List<DeadLetter> deadLetters,
        Counts counts) {

    public long received() {
        return counts.received();
    }

    public long ignored() {
        return counts.ignored();
    }

    public long rejected() {
        return counts.rejected();
    }

    public String message() {
        return counts.message();
    }

    static Decoded of(Function<Records, Counts> decoder) {
        List<UsageEvent> usage = new ArrayList<>();
        List<CounterPoint> counters = new ArrayList<>();
        List<ActivityEvent> activity = new ArrayList<>();
        List<ContentEvent> content = new ArrayList<>();
        List<DeadLetter> deadLetters = new ArrayList<>();
        Counts counts = decoder.apply(new Records() {
            @Override
            public void usage(UsageEvent event) {
                usage.add(event);
            }

            @Override
            public void counter(CounterPoint point) {
                counters.add(point);
            }

            @Override
            public void activity(ActivityEvent event) {
                activity.add(event);
            }

            @Override
            public void content(ContentEvent event) {
                content.add(event);
            }

            @Override
            public void deadLetter(DeadLetter letter) {
                deadLetters.add(letter);
            }
        });
        return new Decoded(usage, counters, activity, content, deadLetters, counts);
    }
}
