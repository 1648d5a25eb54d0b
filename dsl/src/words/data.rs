//! Files, joins, splits and histories.

use super::{Foreign, called, said};

/// A word that is allowed only in `data`.
const DATA: &str = "csv";
/// A word of the arguments of a source.
const SOURCE: &str = "encoding";
/// A word of the list of splits.
const SPLIT: &str = "leave_last_out";
/// A word of the arguments of `explode`.
const EXPLODE: &str = "as";
/// A word of the arguments of a history.
const HISTORY: &str = "same_time";

pub(super) const WORDS: &[Foreign] = &[
    called(
        "readcsv loadcsv fromcsv csvdataset makecsvdataset scancsv file",
        "csv",
        "ratings = csv(\"ratings.csv\")",
    ),
    called("readtsv readtable readtext text txt", "tsv", "ratings = tsv(\"ratings.tsv\")"),
    said(
        "excel readexcel hdf readhdf sql readsql tfrecord \
         tfrecorddataset h5 pickle",
        DATA,
        "write the table to a file of rows first, such as with pandas' `df.to_csv(\"ratings.csv\", index=False)`",
    ),
    called("json readjson scanndjson ndjson jsonlines", "jsonl", "reviews = jsonl(\"reviews.json\")"),
    called("svmlight loadsvmlightfile libfm", "libsvm", "rows = libsvm(\"train.svm\")"),
    called("ffm", "libffm", "rows = libffm(\"train.ffm\")"),
    called("readparquet scanparquet", "parquet", "ratings = parquet(\"ratings.parquet\")"),
    called("feather readfeather scanipc readipc", "arrow", "ratings = arrow(\"ratings.feather\")"),
    called("merge leftjoin mergeleft", "join", "join(movies, on = movie_id)"),
    said(
        "groupby sortvalues sortby orderby rolling window shift",
        DATA,
        "the earlier rows of a user are a history: write `history(by = user_id, order = timestamp)`",
    ),
    called("where select filterbyinter query subset", "filter", "filter(rating, min = 4)").at(DATA),
    said(
        "dropna fillna",
        DATA,
        "each column has a policy for missing values: write `age: float(missing = mean)` in `input`",
    ),
    called(
        "dropduplicates unique deduplicate dedup rmdupinter dropdup removeduplicates",
        "distinct",
        "distinct(user_id, item_id, keep = last)",
    ),
    called(
        "unnest flatmap flatten melt unpivot unstack listexplode explodelist",
        "explode",
        "explode(shown, as = item, separator = \" \")",
    )
    .at(DATA),
    called("into alias name names outputname rename", "as", "explode(shown, as = [item, click])").at(EXPLODE),
    called("sep delimiter delim splitby split", "separator", "explode(shown, separator = \" \")").at(EXPLODE),
    called(
        "weightseparator weightsep weightdelimiter label value",
        "weight",
        "explode(shown, as = [item, click], weight = \"-\")",
    )
    .at(EXPLODE),
    called("column columns subset list", "field", "explode(shown, as = item)").at(EXPLODE),
    said(
        "testsize trainsize testratio splitratio traintestsplit randomsplit validationsplit valsize test evalargs",
        DATA,
        "`split` names the held-out rows: write `split = random(validate = 0.1, test = 0.2)`",
    ),
    said(
        "shuffle batch batchsize randomstate seed",
        DATA,
        "`train` has it: write `train { batch = 256, seed = 42 }`; each epoch has an order of its own",
    ),
    said(
        "sep delimiter fieldseparator header names usecols columns encoding separator skiprows dtype",
        DATA,
        "it belongs to a source: write `ratings = csv(\"ratings.csv\", separator = \"|\")`",
    ),
    called("errors onbadlines errorbadlines onerrors", "on_error", "on_error = skip"),
    called(
        "sep delimiter delim fieldseparator seqseparator fielddelimiter splitby",
        "separator",
        "separator = \"|\"",
    ),
    called(
        "names columnnames colnames fieldnames fields loadcol schema",
        "columns",
        "columns = [user_id, item_id, rating]",
    ),
    called("file filename filepath filepathorbuffer filenames", "path", "csv(\"ratings.csv\")").at(SOURCE),
    called("charset enc fileencoding", "encoding", "encoding = latin1"),
    called("quotechar quoting quotes", "quote", "quote = true"),
    said(
        "header hasheader skiprows skiplines skipheader firstrow",
        SOURCE,
        "without `columns` the first line is the header; for a file without a header list its fields: `columns = [user_id, item_id]`",
    ),
    called("dayfirst dateformat datefmt timeformat strptime", "dates", "dates = day_first"),
    called("dmy ddmmyyyy ddmmyy dayfirst eu european", "day_first", "dates = day_first"),
    called("mdy mmddyyyy mmddyy monthfirst us american", "month_first", "dates = month_first"),
    said(
        "usecols dtype dtypes types converters parsedates indexcol",
        SOURCE,
        "`input` declares the fields and their kinds: write `age: float` there",
    ),
    called("navalues nullvalues nullvalue nastrings", "missing", "missing = [\"NA\", \"\\\\N\"]").at(SOURCE),
    said(
        "keepdefaultna nafilter fillna",
        SOURCE,
        "an empty field is a missing value, and so are those of `missing = [\"NA\"]`; each column has a policy for them: write `age: float(missing = mean)` in `input`",
    ),
    called("escapechar", "escape", "escape = \"\\\\\"").at(SOURCE),
    called("commentprefix commentchar", "comment", "comment = \"#\"").at(SOURCE),
    called("skipinitialspace trim stripwhitespace trimws", "skip_spaces", "skip_spaces").at(SOURCE),
    said(
        "compression gzip zstd",
        SOURCE,
        "leave it out: files of gzip and zstd are known by their first bytes",
    ),
    said(
        "nrows chunksize limit sample",
        SOURCE,
        "all rows are read; `filter(field, min = ...)` keeps some of them",
    ),
    called("iso88591 cp1252 windows1252 latin", "latin1", "encoding = latin1"),
    called("utf utf8sig unicode ascii", "utf8", "encoding = utf8"),
    said(
        "utf16 ucs2",
        "utf8",
        "leave it out: UTF-16 is known by its byte order mark; a file without one is `encoding = utf16le` or `utf16be`",
    ),
    called("lefton by keys onkey", "on", "join(movies, on = movie_id)"),
    called("righton rightkey otherkey", "key", "join(movies, on = movie_id, key = id)").at("on"),
    said(
        "how jointype validate suffixes",
        "on",
        "a record keeps its row, and one without a partner is an error in data (`on_error`): leave it out",
    ),
    called(
        "leaveoneout loo leavelastone leaveonelast temporalleaveoneout ls lastitem leavelast",
        "leave_last_out",
        "split = leave_last_out(by = user_id, order = timestamp)",
    ),
    called(
        "randomsplit traintestsplit rs ratio ratiosplit shuffle shufflesplit",
        "random",
        "split = random(test = 0.2)",
    ),
    called(
        "temporal chronological chrono timeseriessplit timebased timesplit temporalsplit to bytimestamp splitbytime",
        "by_time",
        "split = by_time(timestamp, test = 0.2)",
    ),
    called(
        "presplit fixed files benchmark benchmarkfilename predefined",
        "given",
        "split = given(train = \"train.csv\", test = \"test.csv\")",
    )
    .at(SPLIT),
    called("null off no noop", "none", "split = none").at(SPLIT),
    said(
        "kfold stratified stratifiedkfold groupkfold crossvalidation crossval cv",
        SPLIT,
        "there is one split; another seed draws another one: `split = random(test = 0.2, seed = 1)`",
    ),
    called(
        "val valid validation dev valsize valratio valfrac validationsize validationsplit validationratio validationshare valdata validationdata",
        "validate",
        "validate = 0.1",
    ),
    called("testsize testratio testfraction testshare testsplit testfrac ratio frac", "test", "test = 0.2"),
    said(
        "train trainsize trainratio trainfrac",
        "test",
        "name the shares of held-out rows, `validate = 0.1, test = 0.2`; the others train",
    ),
    said("stratify shuffle", "test", "rows are drawn independently of their values: leave it out"),
    called(
        "sortby orderby time timestamp timefield timecol timecolumn timestampfield sortkey",
        "order",
        "order = timestamp",
    ),
    called(
        "user userid uid userfield usercol usercolumn groupby partitionby session sessionid group",
        "by",
        "by = user_id",
    ),
    said(
        "max maxlen maxlength maxhistory maxseqlen window size length limit",
        HISTORY,
        "each column has its own length of the history: write `watched: sequence(from = history.item_id, max = 50)` in `input`",
    ),
    called(
        "minlen minlength minhistory mininteractions minseqlen",
        "min",
        "history(by = user_id, order = timestamp, min = 1)",
    )
    .at(HISTORY),
    called("isin values equals keep", "only", "filter(country, only = [\"de\", \"fr\"])"),
    called("gte ge ges minvalue lower", "min", "filter(rating, min = 4)").at("only"),
    called("lte le les maxvalue upper", "max", "filter(rating, max = 4)").at("only"),
];
