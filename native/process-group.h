// The processes that train one network together, as the addon's parts see them. Where libtorch has no Gloo, the addon
// defines none of it, and src/torch/process-group.ts says so.
#pragma once
#include "values.h"

namespace addon {

// Gives JavaScript the functions over process groups, if there are any.
void defineProcessGroup(Napi::Object exports);

}  // namespace addon

#ifdef USE_C10D_GLOO
#include <torch/custom_class.h>
#include <torch/version.h>

#include <chrono>

namespace c10d {
class Backend;
class ProcessGroup;
class Store;
}  // namespace c10d

namespace addon {

#if TORCH_VERSION_MAJOR >= 2
using Connections = c10::intrusive_ptr<c10d::Backend>;
#else
using Connections = c10::intrusive_ptr<c10d::ProcessGroup>;
#endif

// Every function blocks until all processes of the group have called it, in the same order everywhere; on GPUs it is the
// stream that waits, not the caller.
class ProcessGroup : public torch::CustomClassHolder {
 public:
  // Takes tensors of the CPU over `cpu`, others over `device`, and gradients over `gradients`; the last two may be one.
  ProcessGroup(Connections cpu, Connections device, Connections gradients);
  ~ProcessGroup() override;

  // Overwrites a contiguous tensor with the sum over all processes: the same bits in each of them.
  void sum(at::Tensor tensor);
  // The processes' tensors, which must be contiguous and have one shape, stacked in the order of their ranks.
  at::Tensor gather(const at::Tensor& tensor);
  // Overwrites a contiguous tensor with that of process 0.
  void broadcast(at::Tensor tensor);
  // Backward from a scalar; gives the parameters the sums of all processes' gradients, which travel in buckets of about
  // `bucketBytes` while backward goes on. They must have none before; a later call overwrites them.
  void backward(const at::Tensor& loss, const std::vector<at::Tensor>& parameters, int64_t bucketBytes);

  // Whether one of these has failed: another process is gone, or did not answer in time.
  bool lost = false;

 private:
  const Connections& connectionsOf(const at::Tensor& tensor) const { return tensor.is_cpu() ? cpu_ : device_; }
  template <typename Work>
  void finish(Work& work);
  Connections cpu_;
  Connections device_;
  // On the CPU connections of their own, so that what is small and urgent does not queue up behind the buckets.
  Connections gradients_;
  std::vector<at::Tensor> buffers_;  // of the buckets
};

// The images that each process has of a batch, by rank. A process without any goes through the motions with one that
// counts for nothing.
struct Shares {
  std::vector<int64_t> images;
  int64_t rank;
  bool counted() const { return images[rank] > 0; }
};

// Batch norm in training with the statistics of the whole batch, of which every process has a part; also moves the
// running statistics. Gradients of weight and bias are those of the own part, to be summed with all others.
at::Tensor syncBatchNorm(c10::intrusive_ptr<ProcessGroup> group, const Shares& shares, const at::Tensor& input,
                         const at::Tensor& weight, const at::Tensor& bias, at::Tensor& runningMean,
                         at::Tensor& runningVar, double momentum, double eps);
at::Tensor syncBatchNormOnGpu(c10::intrusive_ptr<ProcessGroup> group, const Shares& shares, const at::Tensor& input,
                              const at::Tensor& weight, const at::Tensor& bias, at::Tensor& runningMean,
                              at::Tensor& runningVar, double momentum, double eps);

#ifdef USE_C10D_NCCL
// NCCL's connections between GPUs, one in each process.
Connections openNccl(c10::intrusive_ptr<c10d::Store> store, int rank, int size, std::chrono::milliseconds timeout);
// Waits for what is under way, unless a process is lost: that would be for ever.
void closeNccl(const Connections& connections, bool lost);
#endif

}  // namespace addon
#endif
