package io.sluice.elasticsearch;

import java.io.Serializable;

/** Told of each document that is left out because Elasticsearch will never accept it. */
@FunctionalInterface
public interface RejectedDocumentHandler extends Serializable {
    /**
     * Called on the task's thread. After a restart from a checkpoint it can be called again for the same document. An
     * exception fails the job.
     */
    void onRejected(RejectedDocument rejected);

    /**
     * Called after the rejections of one answer, before any checkpoint. When it returns, what was told is kept: the sink
     * no longer holds the documents.
     */
    default void flush() {}

    default void close() {}
}
