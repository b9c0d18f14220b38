package io.sluice.compliance;

import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.BundlingOperator;
import io.sluice.schema.ContentIndex;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Passes messages on, and of the documents of a conversation, which each message changes, the last within a moment. What it
 * keeps back is never part of a checkpoint.
 */
final class LatestConversations extends BundlingOperator<DocumentWrite>
        implements OneInputStreamOperator<DocumentWrite, DocumentWrite> {
    private static final long serialVersionUID = 1L;
    private static final long LINGER_MILLIS = 500;
    private static final String CONVERSATIONS = ContentIndex.CONVERSATIONS.templateName() + '-';

    /** By index and id. */
    private transient Map<String, DocumentWrite> newest;

    LatestConversations() {
        super(LINGER_MILLIS);
    }

    @Override
    public void open() throws Exception {
        super.open();
        newest = new LinkedHashMap<>();
    }

    @Override
    public void processElement(StreamRecord<DocumentWrite> element) {
        DocumentWrite document = element.getValue();
        if (document.index().startsWith(CONVERSATIONS)) {
            newest.merge(document.index() + '/' + document.id(), document, (a, b) -> b.version() > a.version() ? b : a);
            linger();
        } else {
            emit(document);
        }
    }

    @Override
    protected void flush() {
        newest.values().forEach(this::emit);
        newest.clear();
    }
}
