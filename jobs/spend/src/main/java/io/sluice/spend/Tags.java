package io.sluice.spend;

import io.sluice.core.spend.Alias;
import io.sluice.core.spend.Contribution;
import io.sluice.core.spend.LedgerChange;
import io.sluice.core.spend.SessionInput;
import io.sluice.elasticsearch.DocumentWrite;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.OutputTag;

/** What operators put out beside their main output. */
final class Tags {
    static final OutputTag<Alias.Message> ALIASES = new OutputTag<>("aliases", TypeInformation.of(Alias.Message.class));
    static final OutputTag<SessionInput> SESSIONS = new OutputTag<>("sessions", TypeInformation.of(SessionInput.class));
    static final OutputTag<Contribution> CONTRIBUTIONS =
            new OutputTag<>("contributions", TypeInformation.of(Contribution.class));
    static final OutputTag<LedgerChange> LEDGER = new OutputTag<>("ledger", TypeInformation.of(LedgerChange.class));
    static final OutputTag<DocumentWrite> DOCUMENTS =
            new OutputTag<>("documents", TypeInformation.of(DocumentWrite.class));
    static final OutputTag<byte[]> UNDECODABLE =
            new OutputTag<>("undecodable", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);

    private Tags() {}
}
