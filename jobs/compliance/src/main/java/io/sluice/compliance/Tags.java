package io.sluice.compliance;

import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.KeyedValue;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.OutputTag;

/** What operators put out beside their main output. */
final class Tags {
    /** Dead letters, encoded, of values that are no record of their topic. */
    static final OutputTag<KeyedValue> UNDECODABLE =
            new OutputTag<>("undecodable", TypeInformation.of(KeyedValue.class));

    /** What instances of the gate tell the executor of erasures. */
    static final OutputTag<Ack> ACKS = new OutputTag<>("acks", TypeInformation.of(Ack.class));

    /** Null records for {@code content}. */
    static final OutputTag<KeyedValue> NULLS = new OutputTag<>("nulls", TypeInformation.of(KeyedValue.class));

    /** Documents beside those of conversations. */
    static final OutputTag<DocumentWrite> DOCUMENTS =
            new OutputTag<>("documents", TypeInformation.of(DocumentWrite.class));

    private Tags() {}
}
