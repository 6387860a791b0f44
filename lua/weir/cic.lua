-- What CICFlowMeter's features are called: here, by the tool, and in the public CSVs that it made.
--
--    cic.field " Total Backward Packets"                  --> "total_bwd_packets"
--    cic.header(2018)                                     --> { "Dst Port", "Protocol", … }
--
-- The feature `cicflow` gives them; models that were trained on such a CSV ask by its names.

local cic = {}

-- In the tool's order: our name is the tool's, in small letters with _ for what is none; then the
-- spelling of CIC-IDS2017 and that of CSE-CIC-IDS2018, where they are others.
local FEATURES = {
   { "Flow Duration" },
   { "Total Fwd Packet", "Total Fwd Packets", "Tot Fwd Pkts" },
   { "Total Bwd packets", "Total Backward Packets", "Tot Bwd Pkts" },
   { "Total Length of Fwd Packet", "Total Length of Fwd Packets", "TotLen Fwd Pkts" },
   { "Total Length of Bwd Packet", "Total Length of Bwd Packets", "TotLen Bwd Pkts" },
   { "Fwd Packet Length Max", nil, "Fwd Pkt Len Max" },
   { "Fwd Packet Length Min", nil, "Fwd Pkt Len Min" },
   { "Fwd Packet Length Mean", nil, "Fwd Pkt Len Mean" },
   { "Fwd Packet Length Std", nil, "Fwd Pkt Len Std" },
   { "Bwd Packet Length Max", nil, "Bwd Pkt Len Max" },
   { "Bwd Packet Length Min", nil, "Bwd Pkt Len Min" },
   { "Bwd Packet Length Mean", nil, "Bwd Pkt Len Mean" },
   { "Bwd Packet Length Std", nil, "Bwd Pkt Len Std" },
   { "Flow Bytes/s", nil, "Flow Byts/s" },
   { "Flow Packets/s", nil, "Flow Pkts/s" },
   { "Flow IAT Mean" }, { "Flow IAT Std" }, { "Flow IAT Max" }, { "Flow IAT Min" },
   { "Fwd IAT Total", nil, "Fwd IAT Tot" },
   { "Fwd IAT Mean" }, { "Fwd IAT Std" }, { "Fwd IAT Max" }, { "Fwd IAT Min" },
   { "Bwd IAT Total", nil, "Bwd IAT Tot" },
   { "Bwd IAT Mean" }, { "Bwd IAT Std" }, { "Bwd IAT Max" }, { "Bwd IAT Min" },
   { "Fwd PSH Flags" }, { "Bwd PSH Flags" }, { "Fwd URG Flags" }, { "Bwd URG Flags" },
   { "Fwd Header Length", nil, "Fwd Header Len" },
   { "Bwd Header Length", nil, "Bwd Header Len" },
   { "Fwd Packets/s", nil, "Fwd Pkts/s" },
   { "Bwd Packets/s", nil, "Bwd Pkts/s" },
   { "Packet Length Min", "Min Packet Length", "Pkt Len Min" },
   { "Packet Length Max", "Max Packet Length", "Pkt Len Max" },
   { "Packet Length Mean", nil, "Pkt Len Mean" },
   { "Packet Length Std", nil, "Pkt Len Std" },
   { "Packet Length Variance", nil, "Pkt Len Var" },
   { "FIN Flag Count", nil, "FIN Flag Cnt" },
   { "SYN Flag Count", nil, "SYN Flag Cnt" },
   { "RST Flag Count", nil, "RST Flag Cnt" },
   { "PSH Flag Count", nil, "PSH Flag Cnt" },
   { "ACK Flag Count", nil, "ACK Flag Cnt" },
   { "URG Flag Count", nil, "URG Flag Cnt" },
   { "CWR Flag Count", "CWE Flag Count", "CWE Flag Count" },
   { "ECE Flag Count", nil, "ECE Flag Cnt" },
   { "Down/Up Ratio" },
   { "Average Packet Size", nil, "Pkt Size Avg" },
   { "Fwd Segment Size Avg", "Avg Fwd Segment Size", "Fwd Seg Size Avg" },
   { "Bwd Segment Size Avg", "Avg Bwd Segment Size", "Bwd Seg Size Avg" },
   { "Fwd Bytes/Bulk Avg", "Fwd Avg Bytes/Bulk", "Fwd Byts/b Avg" },
   { "Fwd Packet/Bulk Avg", "Fwd Avg Packets/Bulk", "Fwd Pkts/b Avg" },
   { "Fwd Bulk Rate Avg", "Fwd Avg Bulk Rate", "Fwd Blk Rate Avg" },
   { "Bwd Bytes/Bulk Avg", "Bwd Avg Bytes/Bulk", "Bwd Byts/b Avg" },
   { "Bwd Packet/Bulk Avg", "Bwd Avg Packets/Bulk", "Bwd Pkts/b Avg" },
   { "Bwd Bulk Rate Avg", "Bwd Avg Bulk Rate", "Bwd Blk Rate Avg" },
   { "Subflow Fwd Packets", nil, "Subflow Fwd Pkts" },
   { "Subflow Fwd Bytes", nil, "Subflow Fwd Byts" },
   { "Subflow Bwd Packets", nil, "Subflow Bwd Pkts" },
   { "Subflow Bwd Bytes", nil, "Subflow Bwd Byts" },
   { "FWD Init Win Bytes", "Init_Win_bytes_forward", "Init Fwd Win Byts" },
   { "Bwd Init Win Bytes", "Init_Win_bytes_backward", "Init Bwd Win Byts" },
   { "Fwd Act Data Pkts", "act_data_pkt_fwd" },
   { "Fwd Seg Size Min", "min_seg_size_forward" },
   { "Active Mean" }, { "Active Std" }, { "Active Max" }, { "Active Min" },
   { "Idle Mean" }, { "Idle Std" }, { "Idle Max" }, { "Idle Min" },
}

-- What stands before them in a CSV of that year, by our own names of it.
local BEFORE = {
   [2017] = {
      { "id", "Flow ID" }, { "src_ip", "Source IP" }, { "src_port", "Source Port" },
      { "dest_ip", "Destination IP" }, { "dest_port", "Destination Port" }, { "proto", "Protocol" },
      { "time", "Timestamp" },
   },
   [2018] = { { "dest_port", "Dst Port" }, { "proto", "Protocol" }, { "time", "Timestamp" } },
}
local TWICE = "fwd_header_length"         -- in 2017 also behind bwd_segment_size_avg

-- What the tool calls the ends of a flow, besides what the CSVs do.
local ENDS = {
   ["src ip"] = "src_ip", ["src port"] = "src_port", ["dst ip"] = "dest_ip", protocol = "proto",
}

-- A spelling without what tells it from others of the same name: blanks around it, and the number
-- that pandas adds to a name that stands there twice.
local function plain(name)
   return (name:gsub("^%s+", ""):gsub("%s+$", ""):gsub("%.1$", ""):lower())
end

cic.fields = {}                           -- our names, in the tool's order
local by_spelling = {}

for i, spellings in ipairs(FEATURES) do
   local name = spellings[1]:lower():gsub("[^%w]", "_")
   cic.fields[i] = name
   for k = 1, 3 do
      if spellings[k] then by_spelling[plain(spellings[k])] = name end
   end
end
for _, columns in pairs(BEFORE) do
   for _, column in ipairs(columns) do by_spelling[plain(column[2])] = column[1] end
end
for spelling, name in pairs(ENDS) do by_spelling[spelling] = name end
by_spelling["flow id"], by_spelling.timestamp = nil, nil           -- which say nothing of a flow

-- What a column is called here; nil for what is none of them.
function cic.field(spelling) return by_spelling[plain(spelling)] end

local columns = {}                        -- by year, once they were asked for

-- The columns of a CSV of that year: { our name, its spelling } each, without its label.
function cic.columns(year)
   if columns[year] then return columns[year] end
   local list = {}
   for _, column in ipairs(BEFORE[year] or error("the years are 2017 and 2018", 2)) do
      list[#list + 1] = column
   end
   columns[year] = list
   for i, name in ipairs(cic.fields) do
      local spellings = FEATURES[i]
      list[#list + 1] = { name, spellings[year - 2015] or spellings[1] }
      if year == 2017 and name == "bwd_segment_size_avg" then
         list[#list + 1] = { TWICE, "Fwd Header Length" }
      end
   end
   return list
end

-- Their spellings, and that of the label behind them.
function cic.header(year)
   local list = {}
   for i, column in ipairs(cic.columns(year)) do list[i] = column[2] end
   list[#list + 1] = "Label"
   return list
end

return cic
