package io.sluice.otlp;

import io.sluice.schema.ActivityEvent;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.UsageEvent;

/** Takes the records of a request one by one, so that a large request is never held decoded as a whole. */
public interface Records {
    void usage(UsageEvent event);

    void counter(CounterPoint point);

    void activity(ActivityEvent event);

    /** A message of a record that is also taken as activity. */
    void content(ContentEvent event);

    /** One for every record that was refused. */
    void deadLetter(DeadLetter letter);
}
