package io.sluice.compliance;

import java.util.Collection;
import org.apache.flink.state.rocksdb.RocksDBOptionsFactory;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;

/**
 * RocksDB for state of which nearly everything that is asked for is not there. A filter also before what is not yet written to
 * files: without it each message costs a search through the newest state. With filters before all of them, more files of the
 * newest state cost little, and each merge of them rewrites what is spread over all older state.
 */
public final class ContentStateOptions implements RocksDBOptionsFactory {
    private static final long serialVersionUID = 1L;

    /** Of a write buffer, 64 MiB by default: 10 million bits. */
    private static final double PART_OF_BUFFER = 0.02;

    /** Each checkpoint makes one. RocksDB's own default is 4; at 20 it slows down writing. */
    private static final int FILES_UNTIL_MERGE = 8;

    @Override
    public DBOptions createDBOptions(DBOptions current, Collection<AutoCloseable> toClose) {
        return current;
    }

    @Override
    public ColumnFamilyOptions createColumnOptions(ColumnFamilyOptions current, Collection<AutoCloseable> toClose) {
        return current.setMemtablePrefixBloomSizeRatio(PART_OF_BUFFER)
                .setMemtableWholeKeyFiltering(true)
                .setLevel0FileNumCompactionTrigger(FILES_UNTIL_MERGE);
    }
}
