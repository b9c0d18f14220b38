package io.sluice.spend;

import io.sluice.core.spend.Id;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import io.sluice.core.spend.Usage;
import io.sluice.core.spend.UsageView;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What a usage event says about its session or installation, as a row. Reads one row after the other. */
final class SessionRow {
    private static final int INSTALLATION = 1;
    private static final int HISTORICAL = 1 << 1;
    private static final int NAMED = 1 << 2;

    private int flags;
    private Id key = new Id(0, 0);
    long occurredAtMicros;
    long receivedAtMicros;
    long sequence;
    byte[] array = new byte[0];
    int userOffset;
    int userLength;
    byte @Nullable [] value;

    static void ofSession(RowWriter row, Id session, Usage usage) {
        boolean named = usage.isNamed();
        putHead(row, session, usage, named ? NAMED : 0);
        row.putVarlong(usage.view().sequence());
        if (named) {
            usage.writeUser(row);
        } else {
            row.putBlock(usage.view().bytes());
        }
    }

    static void ofInstallation(RowWriter row, Id installation, Usage usage) {
        putHead(row, installation, usage, INSTALLATION);
    }

    private static void putHead(RowWriter row, Id key, Usage usage, int flags) {
        UsageView view = usage.view();
        row.putId(key);
        row.putByte(flags | (view.historical() ? HISTORICAL : 0));
        row.putLong(view.occurredAtMicros());
        row.putLong(view.receivedAtMicros());
    }

    void read(RowReader row) {
        key = row.readId();
        flags = row.readByte();
        occurredAtMicros = row.readLong();
        receivedAtMicros = row.readLong();
        value = null;
        if (isInstallation()) {
            return;
        }
        sequence = row.readVarlong();
        int length = row.readLength();
        if (isNamed()) {
            array = row.array();
            userOffset = row.position();
            userLength = length;
        } else {
            value = Arrays.copyOfRange(row.array(), row.position(), row.position() + length);
        }
        row.skip(length);
    }

    Id key() {
        return key;
    }

    boolean isInstallation() {
        return (flags & INSTALLATION) != 0;
    }

    boolean isHistorical() {
        return (flags & HISTORICAL) != 0;
    }

    boolean isNamed() {
        return (flags & NAMED) != 0;
    }
}
