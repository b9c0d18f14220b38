package io.sluice.spend;

import io.sluice.core.hooks.HookSign;
import io.sluice.core.spend.LedgerChange;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.KeyedValue;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.OutputTag;

/** What operators put out beside their main output. */
final class Tags {
    /** Rows for {@link ClientAliasOperator}. */
    static final OutputTag<Bundle> CLIENTS = new OutputTag<>("clients", TypeInformation.of(Bundle.class));

    /** Rows for {@link AliasOperator}. */
    static final OutputTag<Bundle> ALIASES = new OutputTag<>("aliases", TypeInformation.of(Bundle.class));

    /** Rows for {@link SessionOperator}. */
    static final OutputTag<Bundle> SESSIONS = new OutputTag<>("sessions", TypeInformation.of(Bundle.class));

    /** Rows for {@link CubeOperator}. */
    static final OutputTag<Bundle> CELLS = new OutputTag<>("cells", TypeInformation.of(Bundle.class));

    /** For {@link MemberCapOperator}. */
    static final OutputTag<CapInput> MEMBERS = new OutputTag<>("members", TypeInformation.of(CapInput.class));

    /** Rows for {@link SharedCapOperator}. */
    static final OutputTag<Bundle> SHARES = new OutputTag<>("shares", TypeInformation.of(Bundle.class));

    /** Usage events, encoded, that become documents as they are. */
    static final OutputTag<byte[]> REPORTS =
            new OutputTag<>("reports", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);

    /** What people, pools and organizations have spent, for {@code budgets}. */
    static final OutputTag<KeyedValue> BUDGETS = new OutputTag<>("budgets", TypeInformation.of(KeyedValue.class));

    /** What activity says about prompts and hooks. */
    static final OutputTag<HookSign> HOOKS = new OutputTag<>("hooks", TypeInformation.of(HookSign.class));

    static final OutputTag<LedgerChange> LEDGER = new OutputTag<>("ledger", TypeInformation.of(LedgerChange.class));
    static final OutputTag<DocumentWrite> DOCUMENTS =
            new OutputTag<>("documents", TypeInformation.of(DocumentWrite.class));
    static final OutputTag<byte[]> UNDECODABLE =
            new OutputTag<>("undecodable", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);

    private Tags() {}
}
