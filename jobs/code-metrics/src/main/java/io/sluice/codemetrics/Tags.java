package io.sluice.codemetrics;

import io.sluice.runtime.Bundle;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.OutputTag;

/** What operators put out beside their main output. */
final class Tags {
    /** Rows for {@link ActiveUsersOperator}. */
    static final OutputTag<Bundle> PRESENCES = new OutputTag<>("presences", TypeInformation.of(Bundle.class));

    private Tags() {}
}
