-- CICFlowMeter's features: numbers worked out by hand for extensions/features/cicflow.pcap, and the
-- names and order of the public CSVs.

local cic  = require "weir.cic"
local json = require "weir.json"
local try  = require "try"

local function flows(path, options)
   local out, err, code = try.weir(("read -q -r %s --only flow --ext cicflow %s -T json"):format(
      path, options or ""))
   assert.equal(0, code, err)
   local list = {}
   for i, line in ipairs(try.lines(out)) do list[i] = assert(json.decode(line)).ext or {} end
   return list
end

-- The client (fwd) speaks at 0 .5 .75 2 4.25 12.5 13, with 10 and 20 bytes at .75 and 4.25; the
-- server at .25 1 1.25 1.5 1.75 2.25 12.25 12.75, with 100 200 300 400 100 50 between the first
-- and the last.
local WEB = {
   flow_duration = 13e6, total_fwd_packet = 7, total_bwd_packets = 8,
   total_length_of_fwd_packet = 30, total_length_of_bwd_packet = 1150,
   fwd_packet_length_max = 20, fwd_packet_length_min = 0, fwd_packet_length_mean = 30 / 7,
   fwd_packet_length_std = math.sqrt((500 - 900 / 7) / 6),
   bwd_packet_length_max = 400, bwd_packet_length_min = 0, bwd_packet_length_mean = 1150 / 8,
   bwd_packet_length_std = math.sqrt((312500 - 1150 * 1150 / 8) / 7),
   flow_bytes_s = 1180 / 13, flow_packets_s = 15 / 13, fwd_packets_s = 7 / 13,
   bwd_packets_s = 8 / 13,
   flow_iat_mean = 13e6 / 14, flow_iat_max = 8e6, flow_iat_min = 0.25e6,
   flow_iat_std = 1e6 * math.sqrt((12 * 0.0625 + 4 + 64 - 169 / 14) / 13),
   fwd_iat_total = 13e6, fwd_iat_mean = 13e6 / 6, fwd_iat_max = 8.25e6, fwd_iat_min = 0.25e6,
   fwd_iat_std = 1e6 * math.sqrt((0.25 + 0.0625 + 1.5625 + 5.0625 + 68.0625 + 0.25 - 169 / 6) / 5),
   bwd_iat_total = 12.5e6, bwd_iat_mean = 12.5e6 / 7, bwd_iat_max = 10e6, bwd_iat_min = 0.25e6,
   bwd_iat_std = 1e6 * math.sqrt((0.5625 + 3 * 0.0625 + 0.25 + 100 + 0.25 - 156.25 / 7) / 6),
   fwd_psh_flags = 2, bwd_psh_flags = 4, fwd_urg_flags = 0, bwd_urg_flags = 0,
   fwd_header_length = 24 + 6 * 20, bwd_header_length = 8 * 20,       -- its SYN has an option
   packet_length_min = 0, packet_length_max = 400, packet_length_mean = 1180 / 15,
   packet_length_variance = (313000 - 1180 * 1180 / 15) / 14,
   packet_length_std = math.sqrt((313000 - 1180 * 1180 / 15) / 14),
   fin_flag_count = 2, syn_flag_count = 2, rst_flag_count = 0, psh_flag_count = 6,
   ack_flag_count = 14, urg_flag_count = 0, cwr_flag_count = 0, ece_flag_count = 0,
   down_up_ratio = 8 / 7, average_packet_size = 1180 / 15, fwd_segment_size_avg = 30 / 7,
   bwd_segment_size_avg = 1150 / 8,
   fwd_bytes_bulk_avg = 0, fwd_packet_bulk_avg = 0, fwd_bulk_rate_avg = 0,
   bwd_bytes_bulk_avg = 1100, bwd_packet_bulk_avg = 5, bwd_bulk_rate_avg = 1100 / 1.25,
   subflow_fwd_packets = 7 / 3, subflow_fwd_bytes = 10,               -- 2 gaps, so 3 parts
   subflow_bwd_packets = 8 / 3, subflow_bwd_bytes = 1150 / 3,
   fwd_init_win_bytes = 64240, bwd_init_win_bytes = 1000,             -- not the last ones
   fwd_act_data_pkts = 2, fwd_seg_size_min = 20,
   active_mean = 4.25e6, active_std = 0, active_max = 4.25e6, active_min = 4.25e6,
   idle_mean = 8e6, idle_std = 0, idle_max = 8e6, idle_min = 8e6,
}

describe("cicflow", function ()
   local of = flows "extensions/features/cicflow.pcap"

   it("gives what was worked out by hand", function ()
      local count = 0
      for name, expected in pairs(WEB) do
         local got = assert(of[1][name], name)
         assert(math.abs(got - expected) <= 1e-12 * math.max(1, expected),
            ("%s is %.17g, not %.17g"):format(name, got, expected))
         count = count + 1
      end
      assert.equal(#cic.fields, count)
      for name in pairs(of[1]) do assert(WEB[name], name) end
   end)

   it("has no quotient of a flow without duration, and nothing of ICMP", function ()
      local alone = of[3]
      assert.same({ 1, 0, 7, 0, 0, 0, 1 }, { alone.total_fwd_packet, alone.total_bwd_packets,
         alone.total_length_of_fwd_packet, alone.flow_duration, alone.flow_bytes_s,
         alone.flow_packets_s, alone.fwd_act_data_pkts })
      assert.same({}, of[4])
   end)

   it("counts a datagram in fragments once, with all it carries", function ()
      local of_four = flows "samples/fragments.pcap"[1]  -- one of which is never whole
      assert.same({ 3, 117, 24 }, { of_four.total_fwd_packet, of_four.total_length_of_fwd_packet,
         of_four.fwd_header_length })
   end)
end)

describe("cicflow.compat", function ()
   local SET = "--set cicflow.compat=true --set cicflow.year=%d"

   local function row(year)
      local of = flows("extensions/features/cicflow.pcap", SET:format(year))
      local values = {}
      for value in of[1].cic_row:gmatch "[^,]+" do values[#values + 1] = value end
      return values, cic.header(year)
   end

   it("gives the row of CIC-IDS2017, in its order", function ()
      local values, header = row(2017)
      assert.equal(85, #header)
      assert.equal(85, #values)
      local by = {}
      for i, name in ipairs(header) do by[name] = by[name] or values[i] end
      assert.equal("192.0.2.10-198.51.100.80-1-80-6", by["Flow ID"])
      assert.equal("01/01/2026 00:00:00", by.Timestamp)
      assert.equal("13000000", by["Flow Duration"])
      assert.equal("8", by["Total Backward Packets"])
      assert.equal("1000", by["Init_Win_bytes_backward"])
      assert.equal("8000000", by["Idle Min"])
      assert.equal("NeedManualLabel", by.Label)
      assert.equal("Fwd Header Length", header[62])      -- the second time
      assert.equal("144", values[62])
   end)

   it("gives that of CSE-CIC-IDS2018", function ()
      local values, header = row(2018)
      assert.equal(80, #header)
      assert.equal(80, #values)
      assert.same({ "Dst Port", "Protocol", "Timestamp", "Flow Duration", "Tot Fwd Pkts" },
         { unpack(header, 1, 5) })
      assert.same({ "80", "6", "01/01/2026 00:00:00", "13000000", "7" }, { unpack(values, 1, 5) })
      assert.same({ "Fwd Seg Size Min", "Active Mean" }, { header[71], header[72] })
   end)

   it("knows each spelling, with the blanks and numbers that CSVs and pandas add", function ()
      for _, year in ipairs { 2017, 2018 } do
         for i, column in ipairs(cic.columns(year)) do
            local is_told = column[1] == "id" or column[1] == "time"
            assert.equal(not is_told and column[1] or nil, cic.field(" " .. column[2]), i)
         end
      end
      assert.equal("fwd_header_length", cic.field "Fwd Header Length.1")
      assert.equal("total_fwd_packet", cic.field "Total Fwd Packet")
      assert.equal("dest_port", cic.field "Dst Port")
      assert.is_nil(cic.field "Label")
   end)
end)
