package io.sluice.transcripts;

import io.sluice.schema.ActivityEvent;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.UsageEvent;

/** Takes the records of session files. Each is the sink's to keep; what a method throws ends the decoding of the file. */
public interface SessionFileSink {
    void usage(UsageEvent event);

    void activity(ActivityEvent event);

    /** Holds message text: for organizations whose plan and settings allow no content, drop it here. */
    void content(ContentEvent event);

    void deadLetter(DeadLetter letter);
}
