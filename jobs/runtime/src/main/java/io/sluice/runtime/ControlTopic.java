package io.sluice.runtime;

import java.io.Serializable;
import java.util.function.Consumer;

/**
 * A topic of control documents, which a job has to know before its first event. Flink cannot hold back one input until
 * another one is read, at least not with checkpoints; so an operator reads the topic itself when it opens. What comes
 * later comes by the input.
 */
@FunctionalInterface
public interface ControlTopic extends Serializable {
    /** Hands over everything that the topic holds now, and returns. In no order. */
    void readToEnd(Consumer<byte[]> values) throws Exception;
}
