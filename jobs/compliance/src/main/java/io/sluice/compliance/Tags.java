package io.sluice.compliance;

import io.sluice.runtime.KeyedValue;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.OutputTag;

/** What operators put out beside their main output. */
final class Tags {
    /** Dead letters, encoded, of values that are no record of their topic. */
    static final OutputTag<KeyedValue> UNDECODABLE =
            new OutputTag<>("undecodable", TypeInformation.of(KeyedValue.class));

    private Tags() {}
}
