// Several processes that train one network, through libtorch's own c10d: the store in which they meet, Gloo's
// collectives over TCP, and between GPUs NCCL's (nccl.cc).
#include "process-group.h"

#ifndef USE_C10D_GLOO

void addon::defineProcessGroup(Napi::Object) {}

#else
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/utils/lambda_post_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

namespace addon {

ProcessGroup::ProcessGroup(Connections cpu, Connections device, Connections gradients)
    : cpu_(std::move(cpu)), device_(std::move(device)), gradients_(std::move(gradients)) {}

ProcessGroup::~ProcessGroup() {
#ifdef USE_C10D_NCCL
  if (device_ != cpu_) closeNccl(device_, lost);
#endif
}

template <typename Work>
void ProcessGroup::finish(Work& work) {
  try {
    work->wait();
  } catch (...) {
    lost = true;
    throw;
  }
}

void ProcessGroup::sum(at::Tensor tensor) {
  auto& connections = connectionsOf(tensor);
  std::vector<at::Tensor> tensors{std::move(tensor)};
  auto work = connections->allreduce(tensors);
  finish(work);
}

at::Tensor ProcessGroup::gather(const at::Tensor& tensor) {
  auto& connections = connectionsOf(tensor);
  std::vector<int64_t> shape{connections->getSize()};
  shape.insert(shape.end(), tensor.sizes().begin(), tensor.sizes().end());
  at::Tensor gathered = at::empty(shape, tensor.options());
  std::vector<at::Tensor> inputs{tensor};
  std::vector<std::vector<at::Tensor>> outputs{gathered.unbind(0)};
  auto work = connections->allgather(outputs, inputs);
  finish(work);
  return gathered;
}

void ProcessGroup::broadcast(at::Tensor tensor) {
  auto& connections = connectionsOf(tensor);
  std::vector<at::Tensor> tensors{std::move(tensor)};
  auto work = connections->broadcast(tensors);
  finish(work);
}

namespace {

// Gradients that travel together. Autograd lays a gradient out as its parameter, so that a bucket has the same elements
// in the same places everywhere.
struct Bucket {
  at::Tensor values;
  std::vector<std::pair<at::Tensor, at::Tensor>> places;  // each parameter, and the part of `values` that is its own
  size_t awaited;                                         // gradients that backward has not given yet
};

// Calls back as soon as backward has given a parameter its gradient, as long as this lives.
class Hooks {
 public:
  ~Hooks() {
    for (auto& [node, key] : hooks_) node->del_post_hook(key);
  }
  template <typename Take>
  void add(const at::Tensor& parameter, Take take) {
    using torch::autograd::variable_list;
    auto hook = [take](const variable_list& outputs, const variable_list&) { return take(), outputs; };
    auto node = torch::autograd::impl::grad_accumulator(parameter);
    TORCH_CHECK(node != nullptr, "a parameter of shape ", parameter.sizes(), " takes no gradient");
    auto key = node->add_post_hook(std::make_unique<torch::autograd::utils::LambdaPostHook>(hook));
    hooks_.emplace_back(std::move(node), key);
  }

 private:
  // A shared_ptr or an intrusive_ptr, by libtorch's version.
  using Accumulator = decltype(torch::autograd::impl::grad_accumulator(at::Tensor()));
  std::vector<std::pair<Accumulator, uintptr_t>> hooks_;
};

// The last parameters come first, as in backward. The buffers serve every step: the pages of 100 MB that were never
// touched cost more than all that is done with them.
std::vector<Bucket> layOut(const std::vector<at::Tensor>& parameters, int64_t bucketBytes,
                           std::vector<at::Tensor>& buffers) {
  std::vector<Bucket> buckets;
  for (size_t from = parameters.size(); from > 0;) {
    size_t to = from;
    const auto options = parameters[to - 1].options().requires_grad(false);
    int64_t length = 0;
    while (from > 0 && parameters[from - 1].dtype() == options.dtype() &&
           length * static_cast<int64_t>(options.dtype().itemsize()) < bucketBytes)
      length += parameters[--from].numel();
    if (buffers.size() == buckets.size()) buffers.emplace_back();
    at::Tensor& values = buffers[buckets.size()];
    if (!values.defined() || values.numel() != length || values.dtype() != options.dtype())
      values = at::empty({length}, options);
    Bucket& bucket = buckets.emplace_back(Bucket{values, {}, to - from});
    int64_t at = 0;
    for (size_t i = from; i < to; ++i) {
      const at::Tensor& parameter = parameters[i];
      auto place = values.narrow(0, at, parameter.numel()).as_strided(parameter.sizes(), parameter.strides());
      bucket.places.emplace_back(parameter, place);
      at += parameter.numel();
    }
  }
  return buckets;
}

}  // namespace

void ProcessGroup::backward(const at::Tensor& loss, const std::vector<at::Tensor>& parameters, int64_t bucketBytes) {
  auto buckets = layOut(parameters, bucketBytes, buffers_);
  std::vector<decltype(gradients_->allreduce(buffers_))> works;
  auto send = [&] {
    std::vector<at::Tensor> tensors{buckets[works.size()].values};
    works.push_back(gradients_->allreduce(tensors));
  };
  Hooks hooks;
  for (Bucket& bucket : buckets) {
    for (auto& [parameter, place] : bucket.places) {
      hooks.add(parameter, [&bucket, &buckets, &works, &send, parameter = parameter, place = place] {
        place.copy_(parameter.grad());
        parameter.mutable_grad() = place;
        --bucket.awaited;
        // In their order, which is the same in all processes.
        while (works.size() < buckets.size() && buckets[works.size()].awaited == 0) send();
      });
    }
  }
  loss.backward();
  // What is left has parameters in it that the loss does not depend on.
  while (works.size() < buckets.size()) {
    for (auto& [parameter, place] : buckets[works.size()].places)
      if (!parameter.grad().defined()) place.zero_();
    send();
  }
  for (auto& work : works) finish(work);
}

namespace {

using Store = c10::intrusive_ptr<c10d::Store>;
using Group = c10::intrusive_ptr<ProcessGroup>;

template <typename T, Kind own>
struct Pointer : Held {
  explicit Pointer(T value) : Held{own}, pointer(std::move(value)) {}
  T pointer;

  static Napi::Value wrap(Napi::Env env, T value) {
    auto free = [](Napi::Env, Held* held) { delete static_cast<Pointer*>(held); };
    return Napi::External<Held>::New(env, new Pointer(std::move(value)), free);
  }
  static T& unwrap(const Napi::Value& value) {
    T& pointer = toHeld<Pointer>(value, own)->pointer;
    if (!pointer) throw std::runtime_error(nameOf(own) + " that is closed was used");
    return pointer;
  }
};
using StoreHandle = Pointer<Store, Kind::store>;
using GroupHandle = Pointer<Group, Kind::processGroup>;

// openFileStore(path, size): a file by which the processes of one machine meet.
Napi::Value openFileStore(const Napi::CallbackInfo& info) {
  int size = static_cast<int>(toInteger(info[1], 1, 65536));
  return StoreHandle::wrap(info.Env(), c10::make_intrusive<c10d::FileStore>(toText(info[0]), size));
}

// openTcpStore(host, port, serve, timeout in ms): the process that serves listens on the port, others ask there.
Napi::Value openTcpStore(const Napi::CallbackInfo& info) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(toInteger(info[1], 1, 65535));
  options.isServer = toBool(info[2]);
  options.waitWorkers = false;
  options.timeout = std::chrono::milliseconds(toInteger(info[3]));
  return StoreHandle::wrap(info.Env(), c10::make_intrusive<c10d::TCPStore>(toText(info[0]), options));
}

void storeSet(const Napi::CallbackInfo& info) {
  std::string value = toText(info[2]);
  StoreHandle::unwrap(info[0])->set(toText(info[1]), std::vector<uint8_t>(value.begin(), value.end()));
}

bool storeHas(const Napi::CallbackInfo& info) { return StoreHandle::unwrap(info[0])->check({toText(info[1])}); }

std::string storeGet(const Napi::CallbackInfo& info) {
  auto value = StoreHandle::unwrap(info[0])->get(toText(info[1]));
  return std::string(value.begin(), value.end());
}

Connections openGloo(const Store& store, int rank, int size, const std::string& address,
                     std::chrono::milliseconds timeout) {
  auto options = c10d::ProcessGroupGloo::Options::create(timeout);
  options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(address));
  return c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, size, options);
}

// openGroup(store, rank, size, address, device, timeout in ms): returns when all have called it. Others reach this process
// at `address`, and it trains on `device`. The timeout is that of every later call.
Napi::Value openGroup(const Napi::CallbackInfo& info) {
  int size = static_cast<int>(toInteger(info[2], 1, 65536));
  int rank = static_cast<int>(toInteger(info[1], 0, size - 1));
  const auto address = toText(info[3]);
  const auto device = toDevice(info[4]);
  const std::chrono::milliseconds timeout(toInteger(info[5]));
  auto storeFor = [&](const char* purpose) {
    return c10::make_intrusive<c10d::PrefixStore>(purpose, StoreHandle::unwrap(info[0]));
  };
  auto cpu = openGloo(storeFor("values"), rank, size, address, timeout);
  if (device.is_cpu()) {
    auto gradients = openGloo(storeFor("gradients"), rank, size, address, timeout);
    return GroupHandle::wrap(info.Env(), c10::make_intrusive<ProcessGroup>(cpu, cpu, gradients));
  }
#ifdef USE_C10D_NCCL
  auto nccl = openNccl(storeFor("nccl"), rank, size, timeout);
  return GroupHandle::wrap(info.Env(), c10::make_intrusive<ProcessGroup>(cpu, nccl, nccl));
#else
  throw WrongType("the addon was built without NCCL");
#endif
}

void closeGroup(const Napi::CallbackInfo& info) { GroupHandle::unwrap(info[0]).reset(); }

bool groupLost(const Napi::CallbackInfo& info) { return GroupHandle::unwrap(info[0])->lost; }

void allReduce(const Napi::CallbackInfo& info) { GroupHandle::unwrap(info[0])->sum(unwrap(info[1])); }

void broadcast(const Napi::CallbackInfo& info) { GroupHandle::unwrap(info[0])->broadcast(unwrap(info[1])); }

void backwardTogether(const Napi::CallbackInfo& info) {
  const at::Tensor& loss = unwrap(info[1]);
  TORCH_CHECK(loss.numel() == 1, "needs a tensor with one value, was given the shape ", loss.sizes());
  GroupHandle::unwrap(info[0])->backward(loss, unwrapAll(info[2]), toInteger(info[3]));
}

// syncBatchNorm(group, images of each process, rank, input, weight, bias, runningMean, runningVar, momentum, eps)
at::Tensor batchNorm(const Napi::CallbackInfo& info) {
  Shares shares;
  Napi::Array images = toArray(info[1]);
  for (uint32_t i = 0; i < images.Length(); ++i) shares.images.push_back(toInteger(images.Get(i), 0, maxSafeInteger));
  shares.rank = toInteger(info[2], 0, static_cast<int64_t>(shares.images.size()) - 1);
  const at::Tensor& input = unwrap(info[3]);
  TORCH_CHECK(input.dim() >= 2, "needs a tensor of N×C×…, was given the shape ", input.sizes());
  auto normalise = input.is_cpu() ? syncBatchNorm : syncBatchNormOnGpu;
  return normalise(GroupHandle::unwrap(info[0]), shares, input, unwrap(info[4]), unwrap(info[5]), unwrap(info[6]),
                   unwrap(info[7]), toDouble(info[8]), toDouble(info[9]));
}

}  // namespace

void defineProcessGroup(Napi::Object exports) {
  define(exports, "openFileStore", 2, openFileStore);
  define(exports, "openTcpStore", 4, openTcpStore);
  define(exports, "storeSet", 3, storeSet);
  define(exports, "storeHas", 2, storeHas);
  define(exports, "storeGet", 2, storeGet);
  define(exports, "openGroup", 6, openGroup);
  define(exports, "closeGroup", 1, closeGroup);
  define(exports, "groupLost", 1, groupLost);
  define(exports, "allReduce", 2, allReduce);
  define(exports, "broadcast", 2, broadcast);
  define(exports, "backwardTogether", 4, backwardTogether);
  define(exports, "syncBatchNorm", 10, batchNorm);
#ifdef USE_C10D_NCCL
  exports.Set("hasNccl", true);
#else
  exports.Set("hasNccl", false);
#endif
}

}  // namespace addon
#endif
